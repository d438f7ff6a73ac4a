import Kernel

extension Filter {
    /// Whether a document matches, as the server would say.
    /// - Parameter instants: the fields that are compared as such.
    func matches(_ document: JSON, instants: [FieldPath]) -> Bool {
        switch self {
        case .all: true
        case .equal(let path, let value): document.scalar(at: path).map { $0.isSame(as: value) } ?? false
        case .among(let path, let values):
            document.scalar(at: path).map { scalar in values.contains { scalar.isSame(as: $0) } } ?? false
        case .absent(let path): document.scalar(at: path) == nil
        case .contains(let path, let value): document.values(at: path.steps[...]).contains { $0.isSame(as: value) }
        case .behind(let path, let text):
            document.scalar(at: path)?.string.map { text.utf8.lexicographicallyPrecedes($0.utf8) } ?? false
        case .atLeast(let path, let bound): document.compare(path, bound, instants).map { $0 != .less } ?? false
        case .less(let path, let bound): document.compare(path, bound, instants) == .less
        case .atMost(let path, let bound): document.compare(path, bound, instants).map { $0 != .more } ?? false
        case .more(let path, let bound): document.compare(path, bound, instants) == .more
        case .and(let filters): filters.allSatisfy { $0.matches(document, instants: instants) }
        case .or(let filters): filters.contains { $0.matches(document, instants: instants) }
        }
    }
}

extension JSON {
    func scalar(at path: FieldPath) -> JSON? {
        path.steps.reduce(self) { $0?[String($1.name)] }
    }

    /// The values that a path into arrays leads to.
    fileprivate func values(at steps: ArraySlice<FieldPath.Step>) -> [JSON] {
        guard let step = steps.first else { return [self] }
        guard let value = self[String(step.name)] else { return [] }
        let rest = steps.dropFirst()
        return step.isArray ? (value.array ?? []).flatMap { $0.values(at: rest) } : value.values(at: rest)
    }

    fileprivate enum Comparison {
        case less, same, more

        init<Value>(_ a: Value, _ b: Value, by precedes: (Value, Value) -> Bool) {
            self = precedes(a, b) ? .less : precedes(b, a) ? .more : .same
        }
    }

    /// How the value at a path compares with the bound of a range; nil if they are not of one kind.
    fileprivate func compare(_ path: FieldPath, _ bound: JSON, _ instants: [FieldPath]) -> Comparison? {
        switch (scalar(at: path), bound) {
        case (.string(let text), .string(var bound)):
            if instants.contains(path) {
                guard let first = text.utf8.first, InstantText.firstDigits.contains(first) else { return nil }
                bound = InstantText.canonical(bound) ?? bound
            }
            return Comparison(Array(text.utf8), Array(bound.utf8)) { $0.lexicographicallyPrecedes($1) }
        case (.integer(let a), .integer(let b)): return Comparison(a, b, by: <)
        case (.integer(let a), .number(let b)): return Comparison(Double(a), b, by: <)
        case (.number(let a), .integer(let b)): return Comparison(a, Double(b), by: <)
        case (.number(let a), .number(let b)): return Comparison(a, b, by: <)
        default: return nil
        }
    }

    /// Whether both are the same scalar; numbers by value.
    func isSame(as other: JSON) -> Bool {
        switch (self, other) {
        case (.bool(let a), .bool(let b)): a == b
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Int64(exactly: b) == a
        default: false
        }
    }
}
