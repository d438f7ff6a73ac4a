/// One change to one document. Missing objects along the path are created.
///
/// The paths of one update must neither be equal nor lead into each other, so that their order does not matter and a
/// driver can apply them at once.
public enum Change: Sendable, Hashable {
    case set(FieldPath, JSON)
    case unset(FieldPath)
    /// Adds the values at the end of an array, which is created if it is not there.
    case append(FieldPath, [JSON])
    /// Adds elements at the end of the collection's growing array, those for which there is room.
    case grow(FieldPath, [Growth])

    public var path: FieldPath {
        switch self {
        case .set(let path, _), .unset(let path), .append(let path, _), .grow(let path, _): path
        }
    }
}

extension [Change] {
    /// Refuses changes that cannot be made to all matches at once, with `StoreError.misuse`: beside those that `validate`
    /// refuses, the growing of an array, which each document has its own room for.
    /// - Parameter growing: the collection's growing array.
    public func validateForAll(growing: GrowingArray?) throws {
        try validate(growing: growing)
        for case .grow(let path, _) in self {
            throw StoreError.misuse("'\(path)' grows in one document at a time")
        }
    }

    /// Refuses changes that no driver can apply, with `StoreError.misuse`: paths into array elements, paths that
    /// overlap, and other changes of a growing array than `grow`. Drivers call it once for each shape of update.
    /// - Parameter growing: the collection's growing array.
    public func validate(growing: GrowingArray?) throws {
        let paths = map { $0.path.steps }
        for (index, path) in paths.enumerated() {
            guard !path.isEmpty, !path.contains(where: \.isArray) else {
                throw StoreError.misuse("a change cannot be made at the path '\(self[index].path)'")
            }
            for other in paths[..<index] where zip(path, other).allSatisfy({ $0.name == $1.name }) {
                throw StoreError.misuse("two changes of one update overlap at '\(self[index].path)'")
            }
            let grows = if case .grow = self[index] { true } else { false }
            let isGrowing = growing.map { $0.path.steps.first?.name == path.first?.name } ?? false
            guard grows == isGrowing, !grows || self[index].path == growing?.path else {
                throw StoreError.misuse("'\(self[index].path)' is no growing array, or is changed as if it were none")
            }
        }
    }
}
