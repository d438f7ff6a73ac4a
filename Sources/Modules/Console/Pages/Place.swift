import Kernel

/// Where a page is, and how to get from there to others: all links are relative, so that they hold behind a proxy that
/// serves this service under a prefix.
struct Place: Sendable {
    /// From here to the service's root: empty, `../`, `../../`.
    private let root: String

    /// - Parameter request: which has got here.
    init(_ request: Request) {
        root = String(repeating: "../", count: max(0, request.segments.count - 1))
    }

    /// A page of the console.
    /// - Parameter segments: below `/console`; none for the first page.
    func page(_ segments: String..., query: [QueryItem] = []) -> String {
        let path = (["console"] + segments).map(PercentEncoding.encode).joined(separator: "/")
        return PercentEncoding.target(root + path, query)
    }

    func job(_ id: String) -> String { page("jobs", id) }

    /// Something else of the service, whose path begins without a slash; empty for its root.
    func service(_ path: String) -> String { path.isEmpty && root.isEmpty ? "." : root + path }
}
