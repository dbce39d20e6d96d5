"""Whether this machine can hold a lab: facts are gathered, pure checks judge them, each says what to do."""
