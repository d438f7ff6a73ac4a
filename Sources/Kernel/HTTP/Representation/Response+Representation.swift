/// What clients may ask of a successful answer to GET or HEAD: nothing but whether it has changed (RFC 9110 section 13),
/// and to have it coded (section 12.5.3).
extension Response {
    /// Finds out what of this answer is sent, as far as that needs no coding.
    /// - Returns: how the body is still to be coded; `identity` if that is not.
    /// - Throws: `HTTPError` 412.
    mutating func select(
        for request: borrowing Request, by conventions: RouteConventions
    ) throws(HTTPError) -> ContentCoding {
        guard conventions.hasEntityTag, status == .ok, request.method == .get || request.method == .head else {
            return .identity
        }
        var coding = ContentCoding.identity
        if conventions.isCoded, isWorthCoding {
            isVariedByCoding = true
            if request.headers.mayHave(.acceptEncoding) {
                coding = .preferred(by: request.headers.values(of: "Accept-Encoding"))
            }
        }
        prepareEntityTag(by: conventions)
        guard var tag = entityTag else { return coding }
        tag.coding = coding
        entityTag = tag
        if let expected = request.ifMatch, !expected.names(tag) { throw .preconditionFailed(tag) }
        if request.ifNoneMatch?.includes(tag) == true {
            becomeNotModified()
            return .identity
        }
        return coding
    }

    /// Names the state that a successful answer shows, if that has no name yet.
    mutating func prepareEntityTag(by conventions: RouteConventions) {
        if entityTag == nil, conventions.hasEntityTag, status == .ok { entityTag = body.entityTag }
    }

    /// RFC 9110 section 15.4.5: of the fields those that tell caches what they have.
    private mutating func becomeNotModified() {
        status = .notModified
        body = .empty
        guard !headers.isEmpty else { return }
        let kept = headers.fields.filter { field in
            ["Cache-Control", "Content-Location", "Expires", "Vary"].contains { Headers.equal($0, field.name) }
        }
        headers = Headers(kept.map { ($0.name, $0.value) })
    }

    private var isWorthCoding: Bool {
        switch body {
        case .empty: false
        case .fixed(let text): text.utf8CodeUnitCount >= ContentCoding.leastBytes
        case .bytes(let bytes): bytes.count >= ContentCoding.leastBytes
        case .streamed(let stream): stream.kind == .finite
        }
    }

    /// Codes a body that may be coded here and now, on an event loop.
    /// - Returns: whether it is done.
    mutating func codeAtOnce(_ coding: ContentCoding, _ conventions: RouteConventions) -> Bool {
        guard coding != .identity, let tag = entityTag else { return coding == .identity }
        if let known = conventions.coded?[tag] {
            take(known, coding)
            return true
        }
        let bytes = body.bytes
        guard bytes.count <= ContentCoding.mostBytesOnLoop else { return false }
        take(coding.coded(bytes), coding)
        return true
    }

    /// Codes the body, a long one on another thread.
    mutating func code(_ coding: ContentCoding, _ conventions: RouteConventions) async {
        if case .streamed(let stream) = body {
            guard let coded = coding.coded(stream) else { return }
            body = .streamed(coded)
            contentCoding = coding
            return
        }
        if codeAtOnce(coding, conventions) { return }
        let bytes = body.bytes
        let coded = await withTaskExecutorPreference(ThreadExecutor.compression) { coding.coded(bytes) }
        if let coded, let tag = entityTag { conventions.coded?[tag] = coded }
        take(coded, coding)
    }

    /// Without a coded body the answer goes out as it is.
    private mutating func take(_ coded: [UInt8]?, _ coding: ContentCoding) {
        if let coded {
            body = .bytes(coded)
            contentCoding = coding
        } else {
            entityTag?.coding = .identity
        }
    }

    /// The headers with those that the response has as values of its own, as they go out.
    public var allHeaders: Headers {
        var all = headers
        if let entityTag { all.add("ETag", entityTag.description) }
        if contentCoding != .identity { all.add("Content-Encoding", contentCoding.name.description) }
        if isVariedByCoding { all.add("Vary", "Accept-Encoding") }
        return all
    }
}

extension Response.Body {
    fileprivate var entityTag: EntityTag? {
        switch self {
        case .empty, .streamed: nil
        case .fixed(let text): EntityTag(of: text)
        case .bytes(let bytes): EntityTag(of: bytes)
        }
    }
}
