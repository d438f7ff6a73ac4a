import Kernel

/// The declared paths of instants as a tree, which is walked along with a document.
struct InstantPaths: Sendable, Hashable {
    /// Whether the value itself is an instant.
    private(set) var isInstant = false
    private var members: [(name: [UInt8], paths: InstantPaths)] = []
    /// What holds for the elements, if the value is an array.
    private var elements: [InstantPaths] = []

    init() {}

    init(_ paths: [FieldPath]) {
        for path in paths { add(path.steps[...]) }
    }

    private mutating func add(_ steps: ArraySlice<(name: Substring, isArray: Bool)>) {
        guard let step = steps.first else {
            isInstant = true
            return
        }
        let name = Array(step.name.utf8)
        let index = members.firstIndex { $0.name == name } ?? members.endIndex
        if index == members.endIndex { members.append((name, InstantPaths())) }
        if step.isArray {
            var inner = members[index].paths.elements.first ?? InstantPaths()
            inner.add(steps.dropFirst())
            members[index].paths.elements = [inner]
        } else {
            members[index].paths.add(steps.dropFirst())
        }
    }

    func member(_ name: UnsafeRawBufferPointer) -> InstantPaths? {
        members.first { $0.name.count == name.count && $0.name.elementsEqual(name) }?.paths
    }

    var element: InstantPaths? { elements.first }

    static func == (a: InstantPaths, b: InstantPaths) -> Bool {
        a.isInstant == b.isInstant && a.elements == b.elements
            && a.members.elementsEqual(b.members) { $0.name == $1.name && $0.paths == $1.paths }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(isInstant)
        hasher.combine(elements)
        for member in members { hasher.combine(member.name) }
    }
}
