import KernelTesting
import Testing

@testable import Kernel

@Suite("The names of environment variables")
struct EnvironmentNameTests {
    private static let source = EnvironmentSource(variables: [:], of: .tested)

    @Test(
        "follow the words of the key",
        arguments: [
            ("http.port", "JOB_SERVICE_HTTP__PORT"),
            ("modules.jobs.bumpEnabled", "JOB_SERVICE_MODULES__JOBS__BUMP_ENABLED"),
            ("modules.authentication.jwksURL", "JOB_SERVICE_MODULES__AUTHENTICATION__JWKS_URL"),
            ("modules.authentication.jwksUrl", "JOB_SERVICE_MODULES__AUTHENTICATION__JWKS_URL"),
            ("modules.importableDatasets.inputDir", "JOB_SERVICE_MODULES__IMPORTABLE_DATASETS__INPUT_DIR"),
            ("a.URLPath", "JOB_SERVICE_A__URL_PATH"), ("a.http2Max", "JOB_SERVICE_A__HTTP2_MAX"),
            ("a.some-thing", "JOB_SERVICE_A__SOME_THING"), ("a.x", "JOB_SERVICE_A__X"),
        ])
    func examples(_ path: String, _ name: String) {
        #expect(Self.source.name(for: path) == name)
    }

    @Test("are the words of the key in capitals, whatever the words", arguments: 0..<20)
    func property(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<200 {
            let path = (0...Int.random(in: 0...3, using: &generator)).map { _ in
                (0...Int.random(in: 0...3, using: &generator)).map { _ in word(&generator) }
            }
            let key = path.map(camelCase).joined(separator: ".")
            let name = path.map { $0.map { $0.uppercased() }.joined(separator: "_") }.joined(separator: "__")
            #expect(Self.source.name(for: key) == "JOB_SERVICE_" + name, "\(key)")
            // The last word of a part may as well be written as an acronym.
            let shouted = path.map { camelCase(Array($0.dropLast())) + acronym($0) }.joined(separator: ".")
            #expect(Self.source.name(for: shouted) == "JOB_SERVICE_" + name, "\(shouted)")
        }
    }

    @Test("set exactly the key they were made of", arguments: 0..<20)
    func roundTrip(_ seed: UInt64) {
        var generator = Generator(state: seed)
        let key = camelCase((0...2).map { _ in word(&generator) })
        let value = String(UInt64.random(in: 0 ... .max, using: &generator))
        let configuration = Configuration(environment: [Self.source.name(for: "part.\(key)"): value])
        #expect(configuration.root.section("part").string(key, "") == value)
        #expect(configuration.finish().isEmpty)
    }

    private func word(_ generator: inout Generator) -> String {
        let letters = (0...Int.random(in: 1...6, using: &generator)).map { _ in
            "abcdefghijklmnopqrstuvwxyz".randomElement(using: &generator) ?? "a"
        }
        return String(letters) + (Bool.random(using: &generator) ? "" : "2")
    }

    private func camelCase(_ words: [String]) -> String {
        (words.first ?? "") + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private func acronym(_ words: [String]) -> String {
        words.count == 1 ? words[0] : words[words.count - 1].uppercased()
    }
}

/// SplitMix64: the same numbers for the same seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
