"""The verifier against what others have published and against itself: prints how many proofs were tried, or fails."""

import hashlib
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "verifier"))

import merkle
import notes

LEAVES = 70
# The test vectors of RFC 6962's first implementation.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
# The signed note of the specification's reference implementation.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n")


def proofs():
    leaves = [merkle.leaf_hash(hashlib.sha256(b"%d" % number).digest()) for number in range(LEAVES)]
    roots = [merkle.root(leaves[:size]) for size in range(LEAVES + 1)]
    tried = 0
    for size in range(1, LEAVES + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(leaves[:size], index)
            assert merkle.verify_inclusion(leaves[index], index, size, proof, roots[size])
            assert not merkle.verify_inclusion(leaves[index], index, size, proof, roots[size - 1])
            assert size == 1 or not merkle.verify_inclusion(leaves[index], (index + 1) % size, size, proof, roots[size])
            assert not proof or not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], roots[size])
            tried += 1
        for older in range(size + 1):
            proof = merkle.consistency_proof(leaves[:size], older)
            assert merkle.verify_consistency(older, size, proof, roots[older], roots[size])
            if 0 < older < size:
                assert not merkle.verify_consistency(older, size, proof, roots[older - 1], roots[size])
                assert not merkle.verify_consistency(older, size, proof[:-1], roots[older], roots[size])
            tried += 1
    return tried


def published():
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in INPUTS]
    assert merkle.root(leaves).hex() == ROOT
    key = notes.VerifierKey.parse(KEY)
    text, _, signed = NOTE.encode().partition(b"\n\n")
    name, ident, signature = notes._signature(signed.decode().rstrip("\n"))
    assert (name, ident) == (key.name, key.id)
    notes.Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text + b"\n")


if __name__ == "__main__":
    published()
    print(proofs())
