"""What is remembered: tables, transactions, migrations, and the outbox that tells others after a commit."""
