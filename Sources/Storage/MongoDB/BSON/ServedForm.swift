import Kernel

/// How a value is served whatever program has written it: the declared instants and the declared shape as one tree,
/// which is walked along with a document.
struct ServedForm: Sendable, Hashable {
    /// Whether the value itself is an instant.
    private(set) var isInstant = false
    /// Whether null is served; where not, it is taken for absent.
    private(set) var keepsNull = true
    /// Whether an object has no members but those that are listed here.
    private(set) var isExact = false
    private(set) var members: [Member] = []
    /// What holds for the elements, if the value is an array.
    private var elements: [ServedForm] = []

    struct Member: Sendable, Hashable {
        let name: [UInt8]
        var form: ServedForm
        /// What is served, as JSON, where the member is missing; nil for nothing.
        var substitute: [UInt8]?
    }

    /// Everything as it is.
    init() {}

    init(instants: [FieldPath], shape: DocumentShape? = nil) {
        if let shape { self.init(shape) } else { self.init() }
        for path in instants { add(path.steps[...]) }
    }

    private init(_ shape: DocumentShape) {
        keepsNull = shape == .nullable
        switch shape {
        case .value, .nullable:
            break
        case .array(let element):
            elements = [ServedForm(element)]
        case .object(let members):
            isExact = true
            self.members = members.map {
                Member(
                    name: Array($0.name.utf8), form: ServedForm($0.shape),
                    substitute: $0.isRequired ? $0.shape.substitute : nil)
            }
        }
    }

    private mutating func add(_ steps: ArraySlice<(name: Substring, isArray: Bool)>) {
        guard let step = steps.first else {
            isInstant = true
            return
        }
        let name = Array(step.name.utf8)
        let index = members.firstIndex { $0.name == name } ?? members.endIndex
        if index == members.endIndex { members.append(Member(name: name, form: ServedForm())) }
        if step.isArray {
            var inner = members[index].form.elements.first ?? ServedForm()
            inner.add(steps.dropFirst())
            members[index].form.elements = [inner]
        } else {
            members[index].form.add(steps.dropFirst())
        }
    }

    /// Which of the listed members has that name.
    func index(of name: UnsafeRawBufferPointer) -> Int? {
        members.firstIndex { $0.name.count == name.count && $0.name.elementsEqual(name) }
    }

    var element: ServedForm? { elements.first }
}

extension DocumentShape {
    fileprivate var substitute: [UInt8]? {
        switch self {
        case .array: Array("[]".utf8)
        case .nullable: Array("null".utf8)
        case .value, .object: nil
        }
    }
}
