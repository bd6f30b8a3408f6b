"""The Merkle tree of RFC 9162, section 2.1: roots, compact ranges, inclusion and consistency proofs."""

import hashlib


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class CompactRange:
    """The first `size` leaves as their complete subtrees, largest first: enough to go on and to know the root."""

    def __init__(self, size=0, hashes=()):
        if size < 0 or len(hashes) != bin(size).count("1"):
            raise ValueError(f"{len(hashes)} subtrees cannot have {size} leaves")
        self.size, self.hashes = size, list(hashes)

    def append(self, leaf):
        joined, size = leaf, self.size
        while size & 1:
            joined, size = node_hash(self.hashes.pop(), joined), size >> 1
        self.hashes.append(joined)
        self.size += 1

    def root(self):
        if not self.hashes:
            return hashlib.sha256(b"").digest()
        root = self.hashes[-1]
        for subtree in reversed(self.hashes[:-1]):
            root = node_hash(subtree, root)
        return root


def root(leaves):
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_proof(leaves, index):
    if len(leaves) < 2:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def consistency_proof(leaves, older):
    """That the first `older` leaves are the beginning of all of them."""
    return _subproof(leaves, older, True) if 0 < older < len(leaves) else []


def verify_inclusion(leaf, index, size, proof, expected):
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    at, last, computed = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            computed = node_hash(other, computed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            computed = node_hash(computed, other)
        at, last = at >> 1, last >> 1
    return last == 0 and computed == expected


def verify_consistency(older, newer, proof, older_root, newer_root):
    """RFC 9162, 2.1.4.2. Every tree is consistent with the empty one."""
    if not 0 <= older <= newer:
        return False
    if older in (0, newer):
        return not proof and (older == 0 or older_root == newer_root)
    path = list(proof)
    if older & (older - 1) == 0:
        path.insert(0, older_root)
    if not path:
        return False
    at, last = older - 1, newer - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, other)
        at, last = at >> 1, last >> 1
    return last == 0 and first == older_root and second == newer_root


def _split(count):
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _subproof(leaves, older, whole):
    if older == len(leaves):
        return [] if whole else [root(leaves)]
    split = _split(len(leaves))
    if older <= split:
        return [*_subproof(leaves[:split], older, whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], older - split, False), root(leaves[:split])]
