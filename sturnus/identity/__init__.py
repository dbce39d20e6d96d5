"""Who is calling, and what they may do: tokens, roles, policy, and the platform's own Keystone."""
