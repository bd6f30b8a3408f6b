import AuditProof
import Testing

@Suite struct ProofPropertyTests {
    private static let largest = 70
    private static let leaves = ReferenceTree.leaves(largest)
    private static let roots = (0...largest).map { ReferenceTree.root(leaves[..<$0]) }

    @Test func everyLeafIsProvedInEveryTree() throws {
        for size in 1...Self.largest {
            for index in 0..<size {
                let proof = try #require(InclusionProof(index: index, leaves: Array(Self.leaves[..<size])))
                #expect(proof.path == ReferenceTree.path(index, Self.leaves[..<size]))
                #expect(proof.verifies(leaf: Self.leaves[index], root: Self.roots[size]))
            }
        }
    }

    @Test func everyTreeIsProvedToBeginEveryLargerOne() throws {
        for second in 0...Self.largest {
            for first in 0...second {
                let proof = try #require(ConsistencyProof(first: first, leaves: Array(Self.leaves[..<second])))
                if first > 0 { #expect(proof.path == ReferenceTree.proof(first, Self.leaves[..<second])) }
                #expect(proof.verifies(firstRoot: Self.roots[first], secondRoot: Self.roots[second]))
            }
        }
    }

    @Test func anInclusionProofThatWasChangedProvesNothing() throws {
        for size in [1, 2, 3, 5, 8, 21, 64, 70] {
            for index in 0..<size {
                let proof = try #require(InclusionProof(index: index, leaves: Array(Self.leaves[..<size])))
                let (leaf, root) = (Self.leaves[index], Self.roots[size])
                func verifies(_ index: Int, _ size: Int, _ path: [Digest]) -> Bool {
                    InclusionProof(index: index, size: size, path: path).verifies(leaf: leaf, root: root)
                }
                for other in -1...size where other != index { #expect(!verifies(other, size, proof.path)) }
                for other in [0, -1] { #expect(!verifies(index, other, proof.path)) }
                #expect(!verifies(index, size, proof.path + [root]))
                #expect(!verifies(index, size, proof.path + [Self.leaves[0]]))
                if !proof.path.isEmpty { #expect(!verifies(index, size, proof.path.dropLast())) }
                #expect(!proof.verifies(leaf: leaf.flipped(index), root: root))
                #expect(!proof.verifies(leaf: leaf, root: root.flipped(index)))
                for (place, hash) in proof.path.enumerated() {
                    var path = proof.path
                    path[place] = hash.flipped((place * 41 + index) % 256)
                    #expect(!verifies(index, size, path))
                }
            }
        }
    }

    /// All 256 bits of all hashes, in every proof up to 12 leaves; of the larger ones one bit of each.
    @Test func aConsistencyProofThatWasChangedProvesNothing() throws {
        for second in 1...Self.largest {
            for first in 1...second {
                let proof = try #require(ConsistencyProof(first: first, leaves: Array(Self.leaves[..<second])))
                func verifies(_ first: Int, _ second: Int, _ path: [Digest]) -> Bool {
                    ConsistencyProof(first: first, second: second, path: path)
                        .verifies(firstRoot: Self.roots[proof.first], secondRoot: Self.roots[proof.second])
                }
                #expect(!verifies(first, second, proof.path + [Self.roots[second]]))
                if !proof.path.isEmpty { #expect(!verifies(first, second, proof.path.dropLast())) }
                let bits = second <= 12 ? Array(0..<256) : [(first * 71 + second) % 256]
                for (place, hash) in proof.path.enumerated() {
                    for bit in bits {
                        var path = proof.path
                        path[place] = hash.flipped(bit)
                        #expect(!verifies(first, second, path))
                    }
                }
                let (firstRoot, secondRoot) = (Self.roots[first], Self.roots[second])
                #expect(!proof.verifies(firstRoot: firstRoot.flipped(first), secondRoot: secondRoot))
                #expect(!proof.verifies(firstRoot: firstRoot, secondRoot: secondRoot.flipped(second)))
            }
        }
    }

    /// The roots are of `first` leaves; a proof that says it is about another size must not hold.
    @Test func aConsistencyProofHoldsForNoOtherFirstSize() throws {
        for second in 2...40 {
            for first in 1..<second {
                let path = try #require(ConsistencyProof(first: first, leaves: Array(Self.leaves[..<second]))).path
                for other in 0...second where other != first {
                    let proof = ConsistencyProof(first: other, second: second, path: path)
                    #expect(!proof.verifies(firstRoot: Self.roots[first], secondRoot: Self.roots[second]))
                }
            }
        }
    }

    @Test func sizesWithoutAProofOfTheirOwn() {
        let root = Self.roots[3]
        let empty = MerkleTree.emptyRoot
        func verifies(_ first: Int, _ second: Int, _ firstRoot: Digest, _ secondRoot: Digest, _ path: [Digest]) -> Bool
        {
            ConsistencyProof(first: first, second: second, path: path)
                .verifies(firstRoot: firstRoot, secondRoot: secondRoot)
        }
        #expect(verifies(0, 3, empty, root, []))
        #expect(verifies(0, 0, empty, empty, []))
        #expect(verifies(3, 3, root, root, []))
        #expect(!verifies(0, 3, empty, root, [root]))
        #expect(!verifies(0, 3, root, root, []))
        #expect(!verifies(0, 0, root, root, []))
        #expect(!verifies(3, 3, root, root, [root]))
        #expect(!verifies(3, 3, root, empty, []))
        #expect(!verifies(3, 2, root, Self.roots[2], []))
        #expect(!verifies(-1, 2, root, Self.roots[2], []))
        #expect(InclusionProof(index: 3, leaves: Array(Self.leaves[..<3])) == nil)
        #expect(InclusionProof(index: -1, leaves: Array(Self.leaves[..<3])) == nil)
        #expect(ConsistencyProof(first: 4, leaves: Array(Self.leaves[..<3])) == nil)
    }

    @Test func aGrowingTreeHasEveryRoot() throws {
        var range = CompactRange()
        for size in 0...Self.largest {
            #expect(range.root == Self.roots[size])
            #expect(CompactRange(size: size, hashes: range.hashes) == range)
            #expect(CompactRange(size: size, hashes: range.hashes + [range.root]) == nil)
            if size > 0 { #expect(CompactRange(size: size, hashes: range.hashes.dropLast()) == nil) }
            if size < Self.largest { range.append(Self.leaves[size]) }
        }
        #expect(CompactRange(size: -1, hashes: []) == nil)
    }

    @Test func rangesJoinWhereverTheyWereCut() {
        for size in 0...40 {
            for low in 0...size {
                for high in low...size {
                    var parts = [CompactRange(), CompactRange(startingAt: low), CompactRange(startingAt: high)]
                    for leaf in 0..<low { parts[0].append(Self.leaves[leaf]) }
                    for leaf in low..<high { parts[1].append(Self.leaves[leaf]) }
                    for leaf in high..<size { parts[2].append(Self.leaves[leaf]) }
                    parts[1].append(parts[2])
                    parts[0].append(parts[1])
                    #expect(parts[0].root == Self.roots[size])
                    #expect(parts[0].size == size)
                }
            }
        }
    }

    @Test func proofsAreMadeFromTheMiddleOn() throws {
        for start in [1, 4, 7, 32] {
            var known = CompactRange()
            for leaf in 0..<start { known.append(Self.leaves[leaf]) }
            var inclusion = InclusionProof.Builder(index: start + 2, after: known)
            var consistency = ConsistencyProof.Builder(first: start + 2, after: known)
            for leaf in start..<60 {
                inclusion.append(Self.leaves[leaf])
                consistency.append(Self.leaves[leaf])
            }
            #expect(inclusion.proof == InclusionProof(index: start + 2, leaves: Array(Self.leaves[..<60])))
            #expect(consistency.proof == ConsistencyProof(first: start + 2, leaves: Array(Self.leaves[..<60])))
            #expect(inclusion.tree.root == Self.roots[60])
            #expect(consistency.tree.root == Self.roots[60])
        }
    }
}
