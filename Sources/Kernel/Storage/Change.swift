/// One change to one document. Missing objects along the path are created.
///
/// The paths of one update must neither be equal nor lead into each other, so that their order does not matter and a
/// driver can apply them at once.
public enum Change: Sendable, Hashable {
    case set(FieldPath, JSON)
    case unset(FieldPath)
    /// Adds the values at the end of an array, which is created if it is not there.
    case append(FieldPath, [JSON])

    public var path: FieldPath {
        switch self {
        case .set(let path, _), .unset(let path), .append(let path, _): path
        }
    }
}

extension [Change] {
    /// Refuses changes that no driver can apply, with `StoreError.misuse`: paths into array elements, and paths that
    /// overlap. Drivers call it once for each shape of update.
    public func validate() throws {
        let paths = map { $0.path.steps }
        for (index, path) in paths.enumerated() {
            guard !path.isEmpty, !path.contains(where: \.isArray) else {
                throw StoreError.misuse("a change cannot be made at the path '\(self[index].path)'")
            }
            for other in paths[..<index] where zip(path, other).allSatisfy({ $0.name == $1.name }) {
                throw StoreError.misuse("two changes of one update overlap at '\(self[index].path)'")
            }
        }
    }
}
