"""The law of lending: facts, policy and transactions; standard library only, no I/O, no clock."""
