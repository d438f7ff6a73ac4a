import Kernel
import KernelTesting
import Testing

@Suite("A mutilated configuration")
struct ConfigurationMutationTests {
    private static let yaml = """
        # A comment
        service: {stack: qa, commit: "${COMMIT:-0abc}"}
        http:
          host: '127.0.0.1'
          port: 8000
          trustedOrigins: [https://a.example, "https://b.example"]
          limits: { body: 1 MiB }
          deadlines:
            idle: 5s
        stacks:
          qa: {http: {port: 81}}
        """

    @Test("is read or refused, with a place for each problem of the text", arguments: 0..<10)
    func mutation(_ seed: UInt64) {
        var generator = Generator(state: seed)
        for _ in 0..<60 {
            var bytes = Array(Self.yaml.utf8)
            for _ in 0...Int.random(in: 0...3, using: &generator) { mutate(&bytes, &generator) }
            let configuration = Configuration(yaml: String(decoding: bytes, as: UTF8.self), environment: [:])
            let ofText = configuration.problems
            #expect(ofText.allSatisfy { $0.origin?.hasPrefix("config.yaml:") == true })
            let sample = SampleConfiguration(reading: configuration.root)
            #expect((1...65535).contains(sample.port))
            #expect(configuration.finish().allSatisfy { $0.remedy != nil })
            #expect(!configuration.listing.isEmpty)
        }
    }

    @Test("with very many keys is refused all the same")
    func many() {
        let yaml = (0..<20_000).map { "k\($0): 1\n" }.joined()
        #expect(Configuration(yaml: yaml + "k0: 1").problems.count == 1)
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout Generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let characters = Array(" \n\t:{}[],&*!|>-?'\"%@`#$~\\".utf8) + [0, 1, 0x7f, 0x85, 0xc2, 0xff, 0x30, 0x61]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(characters.randomElement(using: &generator) ?? 0, at: place)
        case 2: bytes[place] = characters.randomElement(using: &generator) ?? 0
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
        }
    }
}
