import Kernel

/// Which of the two tokens one is.
enum TokenKind: Sendable {
    case authorization
    case userInfo

    /// For messages.
    var name: String { self == .authorization ? "authorization" : "user info" }

    /// The texts that a token of this kind must hold.
    var claims: [Claim] {
        switch self {
        case .authorization: [.subject, .userID, .role]
        case .userInfo: [.userID, .firstName, .lastName]
        }
    }
}

/// A claim that is a text.
enum Claim: String, Sendable {
    case subject = "sub"
    case userID = "user/uuid"
    case role = "accreditation/role"
    case firstName = "user/firstName"
    case lastName = "user/lastName"

    /// People may lack one of their names; everything else identifies somebody.
    var mayBeEmpty: Bool { self == .firstName || self == .lastName }
}

/// The claims of a token whose signature has been verified (RFC 7519 section 4), as far as this service reads them.
struct TokenClaims: Sendable {
    let kind: TokenKind
    /// Seconds since 1970 (NumericDate, RFC 7519 section 2).
    let expiresAt: Double
    let notBefore: Double?
    let audience: JSON?
    private let texts: [Claim: String]

    /// - Throws: the first claim that is missing or not of its type.
    init(_ payload: [UInt8], kind: TokenKind) throws(TokenRefusal) {
        guard let members = try? JSON(parsing: payload, maximumDepth: 32).object else {
            throw TokenRefusal("its payload is no JSON object")
        }
        self.kind = kind
        guard let expiry = try Self.date("exp", members) else { throw TokenRefusal("it has no exp") }
        expiresAt = expiry
        notBefore = try Self.date("nbf", members)
        audience = members["aud"]
        var texts: [Claim: String] = [:]
        for claim in kind.claims {
            guard let text = members[claim.rawValue]?.string else {
                throw TokenRefusal("it has no \(claim.rawValue), or one that is no text")
            }
            guard !text.isEmpty || claim.mayBeEmpty else { throw TokenRefusal("its \(claim.rawValue) is empty") }
            texts[claim] = text
        }
        self.texts = texts
    }

    /// A claim of the token's kind.
    subscript(claim: Claim) -> String { texts[claim] ?? "" }

    private static func date(_ name: String, _ members: JSONObject) throws(TokenRefusal) -> Double? {
        switch members[name] {
        case nil: return nil
        case .integer(let seconds)?: return Double(seconds)
        case .number(let seconds)?: return seconds
        default: throw TokenRefusal("its \(name) is no number")
        }
    }
}
