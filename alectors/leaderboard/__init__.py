"""Scores that anyone can check: a protocol, entries, their verification, and the tables of them."""
