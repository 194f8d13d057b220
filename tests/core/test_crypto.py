"""Values encrypted at rest, keyed hashes to find them, rotation of keys (CM-7)."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from residentapp.config import EncryptionKey, Settings
from residentapp.core.crypto import (
    DecryptionError,
    Keyring,
    bind_keyring,
    key_id_of,
    keyring_of,
)
from residentapp.core.db import Database

NUMBER = "123456789018"
CONTEXT = "individual_number"


@pytest.fixture
def ring() -> Keyring:
    return Keyring([("k1", bytes(range(32)))], bytes(range(32, 64)))


@pytest.mark.requirement("CM-7", partial=True)
def test_a_value_comes_back_and_is_not_to_be_read_in_its_ciphertext(ring: Keyring) -> None:
    ciphertext = ring.encrypt(NUMBER, context=CONTEXT)
    assert ring.decrypt_text(ciphertext, context=CONTEXT) == NUMBER
    assert NUMBER.encode() not in ciphertext
    assert key_id_of(ciphertext) == "k1"


@pytest.mark.parametrize("text", ["", "1", "辻\U000e0102", "あ" * 10_000])
def test_any_text_can_be_encrypted(ring: Keyring, text: str) -> None:
    assert ring.decrypt_text(ring.encrypt(text, context=CONTEXT), context=CONTEXT) == text


def test_the_same_value_never_gives_the_same_ciphertext(ring: Keyring) -> None:
    assert len({ring.encrypt(NUMBER, context=CONTEXT) for _ in range(1000)}) == 1000


def test_a_ciphertext_moved_to_another_column_does_not_decrypt(ring: Keyring) -> None:
    ciphertext = ring.encrypt(NUMBER, context=CONTEXT)
    with pytest.raises(DecryptionError):
        ring.decrypt(ciphertext, context="resident_code")


def test_every_changed_bit_is_noticed(ring: Keyring) -> None:
    ciphertext = ring.encrypt(NUMBER, context=CONTEXT)
    for position in range(len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= 1
        with pytest.raises(DecryptionError):
            ring.decrypt(bytes(changed), context=CONTEXT)


@pytest.mark.parametrize("broken", [b"", b"\x00", b"\x02k1", b"\xff" * 40, b"\x02k1" + bytes(27)])
def test_bytes_that_are_no_ciphertext_are_refused_without_repeating_them(
    ring: Keyring, broken: bytes
) -> None:
    with pytest.raises(DecryptionError) as caught:
        ring.decrypt(broken, context=CONTEXT)
    assert repr(broken) not in str(caught.value)


@pytest.mark.requirement("CM-7", partial=True)
def test_after_a_new_key_old_values_are_read_and_can_be_renewed(ring: Keyring) -> None:
    old = ring.encrypt(NUMBER, context=CONTEXT)
    both = Keyring([("k2", os.urandom(32)), ("k1", bytes(range(32)))], bytes(range(32, 64)))
    assert both.decrypt_text(old, context=CONTEXT) == NUMBER
    assert both.needs_rotation(old)
    renewed = both.rotate(old, context=CONTEXT)
    assert not both.needs_rotation(renewed)
    assert both.decrypt_text(renewed, context=CONTEXT) == NUMBER
    with pytest.raises(DecryptionError):
        ring.decrypt(renewed, context=CONTEXT)


@pytest.mark.requirement("CM-7", partial=True)
def test_the_lookup_hash_finds_equal_values_only_within_a_context_and_under_one_key(ring: Keyring) -> None:
    found = ring.lookup_hash(NUMBER, context=CONTEXT)
    assert found == ring.lookup_hash(NUMBER, context=CONTEXT)
    assert len(found) == 32
    assert found != ring.lookup_hash("123456789019", context=CONTEXT)
    assert found != ring.lookup_hash(NUMBER, context="resident_code")
    assert found != Keyring([("k1", bytes(range(32)))], bytes(32)).lookup_hash(NUMBER, context=CONTEXT)


def test_a_signature_needs_its_key(ring: Keyring) -> None:
    signature = ring.sign(b"row", purpose="audit")
    assert signature == ring.sign(b"row", purpose="audit", key_id="k1")
    assert signature != ring.sign(b"raw", purpose="audit")
    assert signature != ring.sign(b"row", purpose="head")
    assert ring.sign(b"row", purpose="audit", key_id="gone") is None


def test_a_keyring_goes_to_another_process_and_serves_many_threads(ring: Keyring) -> None:
    copy: Keyring = pickle.loads(pickle.dumps(ring))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: copy.encrypt(str(n), context=f"c{n % 7}"), range(500)))
    assert [ring.decrypt_text(value, context=f"c{n % 7}") for n, value in enumerate(made)] == [
        str(n) for n in range(500)
    ]


def test_keys_are_not_shown(ring: Keyring) -> None:
    assert repr(ring) == "Keyring(k1)"
    assert repr(bytes(range(32))) not in repr(vars(ring)["_ciphers"])


@pytest.mark.parametrize(
    ("keys", "lookup"),
    [
        ([], bytes(32)),
        ([("k", bytes(31))], bytes(32)),
        ([("k", bytes(32))], bytes(16)),
        ([("k", bytes(32)), ("k", bytes(32))], bytes(32)),
        ([("", bytes(32))], bytes(32)),
        ([("鍵", bytes(32))], bytes(32)),
        ([("k" * 17, bytes(32))], bytes(32)),
    ],
)
def test_a_keyring_refuses_unfit_keys(keys: list[tuple[str, bytes]], lookup: bytes) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys, lookup)


def test_the_first_key_of_the_settings_encrypts() -> None:
    settings = Settings(
        encryption_keys=(EncryptionKey("new", os.urandom(32)), EncryptionKey("old", os.urandom(32)))
    )
    ring = Keyring.from_settings(settings)
    assert key_id_of(ring.encrypt(NUMBER, context=CONTEXT)) == "new"


def test_sessions_know_the_keyring_bound_to_their_database(ring: Keyring) -> None:
    database = Database("sqlite://")
    with database.sessions() as session:
        assert keyring_of(session) is None
    bind_keyring(database, ring)
    with database.sessions() as session:
        assert keyring_of(session) is ring
