import Kernel

/// A JSON Web Signature in its compact form (RFC 7515 section 7.1), read but not yet verified.
struct SignedToken: Sendable {
    let algorithm: SignatureAlgorithm
    /// Which key it claims to be signed with (RFC 7515 section 4.1.4).
    let keyID: String
    /// What is signed: header and payload as they were sent.
    let signedBytes: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]

    private static let algorithm = Property<SignedToken, SignatureAlgorithm>.required("alg", .choice())
    private static let keyID = Property<SignedToken, String>.required("kid", .string())

    /// Longer ones are not looked at.
    static let maximumLength = 16 << 10

    /// - Throws: why it is no token of ours, as the end of a sentence.
    init(_ text: String) throws(TokenRefusal) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumLength else { throw TokenRefusal("it is too long") }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw TokenRefusal("it does not have three parts") }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw TokenRefusal("it is not base64url") }
        guard let fields = try? JSON(parsing: header, maximumDepth: 8), fields.object != nil else {
            throw TokenRefusal("its header is no JSON object")
        }
        // What is looked for elsewhere than at JWKS_URL is somebody else's key, whatever else the token says.
        for name in ["jwk", "jku", "x5c", "x5u"] where fields[name] != nil {
            throw TokenRefusal("it brings along a key")
        }
        guard fields["crit"] == nil else { throw TokenRefusal("its header has critical extensions") }
        guard let algorithm = fields[Self.algorithm] else {
            throw TokenRefusal("its algorithm is neither RS256 nor RS512")
        }
        guard let keyID = fields[Self.keyID], !keyID.isEmpty else { throw TokenRefusal("it names no key") }
        guard !signature.isEmpty else { throw TokenRefusal("it has no signature") }
        self.algorithm = algorithm
        self.keyID = keyID
        self.payload = payload
        self.signature = signature
        signedBytes = Array(bytes[..<parts[1].endIndex])
    }
}

/// The signature algorithms that are accepted (RFC 7518 section 3.3). There are no others in this program.
enum SignatureAlgorithm: String, Vocabulary {
    case rs256 = "RS256"
    case rs512 = "RS512"
}

/// Why a token is not accepted; continues a sentence that begins with the token's name.
struct TokenRefusal: Error, Sendable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
