"""What protects passwords when the database is stolen."""

from argon2 import PasswordHasher, Type, extract_parameters


def test_passwords_are_hashed_as_owasp_recommends(careful_hasher: PasswordHasher) -> None:
    used = extract_parameters(careful_hasher.hash("correct horse"))
    assert used.type is Type.ID
    assert (used.memory_cost, used.time_cost, used.parallelism) == (19 * 1024, 2, 1)
    assert (used.salt_len, used.hash_len) == (16, 32)
