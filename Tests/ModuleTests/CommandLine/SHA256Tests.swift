import Testing

@testable import Host

@Suite("The checksum that copies are compared by")
struct SHA256Tests {
    @Test(
        "is what sha256sum(1) says of the lines, whatever their lengths",
        arguments: [
            (0, "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"),
            (54, "6c15ca090686c041bc81baae678e91bfaaae97ef7b6bf365cde736dd05e93d66"),
            (55, "4d3f64847dd5f4faac0608801f4397f8f2de7b3f8823f164c668f6197ee01490"),
            (62, "290b30a68148b3ee27ab7b744c297a5d986c1011938a09e73058430593bf83f0"),
            (63, "a229eaed30f4991d1fcdab77c70b604efd780502c82be0732b310811dc43b2b3"),
            (64, "44c2336fedab8ff6a85c74c2b94165377b0981f526adb9487895ca6314165e86"),
            (119, "5483b07a66563186f91f34c53ce410ae33a7da9fb81f5e9983d35087e760f435"),
            (1000, "2d0dff699d8e0a69179922c9ff80205f9cbcfae959079b27e4c9c3ef37c70974"),
        ])
    func oneLine(length: Int, digits: String) {
        let checksum = SHA256()
        checksum.add(line: Array(repeating: UInt8(ascii: "a"), count: length))
        #expect(checksum.finish() == digits)
    }

    @Test("is one of all lines together")
    func manyLines() {
        let checksum = SHA256()
        for length in 0..<200 { checksum.add(line: Array(repeating: UInt8(ascii: "x"), count: length)) }
        #expect(checksum.finish() == "580a897ce1593adbb887c3f8074ca4efc908db3b638671dbd098935eb9eec172")
        #expect(SHA256().finish() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
