import Kernel

/// What pages are made of beside HTML. Each file is part of the program and is served under a name that has the hash of
/// its content: a browser may keep it for ever, and gets another one with the next edition of the program.
struct Assets: Sendable {
    enum Name: String, CaseIterable {
        case icon, style, channel, live, refresh, script
    }

    private struct Asset {
        let path: String
        let type: ContentType
        let bytes: [UInt8]
    }

    private var assets: [Name: Asset] = [:]

    init() {
        add(.icon, "icon.svg", .svg, PackageResources.icon_svg)
        add(.style, "console.css", .css, PackageResources.console_css)
        // Each after those that it imports, whose names are written into it.
        add(.channel, "channel.js", .javaScript, PackageResources.channel_js)
        add(.refresh, "refresh.js", .javaScript, PackageResources.refresh_js)
        add(.live, "live.js", .javaScript, PackageResources.live_js)
        add(.script, "console.js", .javaScript, PackageResources.console_js)
    }

    private mutating func add(_ name: Name, _ file: String, _ type: ContentType, _ content: [UInt8]) {
        var text = String(decoding: content, as: UTF8.self)
        for other in assets.values {
            // channel.0123456789abcdef.js is called channel.js in the source.
            let parts = other.path.split(separator: "/").last?.split(separator: ".") ?? []
            guard parts.count == 3 else { continue }
            text = text.replacing("./\(parts[0]).\(parts[2])", with: "./\(parts.joined(separator: "."))")
        }
        let bytes = Array(text.utf8)
        let hash = EntityTag(of: bytes).description.filter { $0 != "\"" }
        let parts = file.split(separator: ".")
        assets[name] = Asset(path: "/console/assets/\(parts[0]).\(hash).\(parts[1])", type: type, bytes: bytes)
    }

    func path(_ name: Name) -> String { assets[name]?.path ?? "" }

    /// How many bytes they have.
    var size: Int { assets.values.reduce(0) { $0 + $1.bytes.count } }

    /// A route for each, answered without a task; the kernel codes each once for every coding.
    var routes: [Route] {
        Name.allCases.compactMap { name in
            assets[name].map { asset in
                let headers = Headers([
                    ("Cache-Control", "public, max-age=31536000, immutable"), ("X-Content-Type-Options", "nosniff"),
                ])
                return Route(
                    .get, RoutePattern(stringLiteral: asset.path),
                    Operation(
                        "Part of the console's pages", access: .anyone, reply: .media(asset.type), isQuiet: true),
                    immediate: { _ in Response(contentType: asset.type, headers: headers, body: .bytes(asset.bytes)) })
            }
        }
    }
}
