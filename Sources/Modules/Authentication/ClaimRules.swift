import Kernel

/// What must hold of the claims of a token at the moment in which it is used.
struct ClaimRules: Sendable {
    /// Who tokens must be meant for.
    let audience: String
    /// By how much the issuer's clock may differ from ours.
    let leeway: Duration

    /// Later than that, `exp` is a mistake and not a date.
    private static let longestLife = 10 * 365.25 * 86_400

    func check(_ claims: TokenClaims, at now: Timestamp) throws(TokenRefusal) {
        let now = Double(now.microseconds) / 1_000_000
        let leeway = leeway / .seconds(1)
        guard claims.expiresAt > now - leeway else { throw TokenRefusal("it has expired") }
        guard claims.expiresAt <= now + Self.longestLife else { throw TokenRefusal("its exp is too far away") }
        if let notBefore = claims.notBefore, notBefore > now + leeway {
            throw TokenRefusal("it is not valid yet")
        }
        guard claims.kind == .authorization else { return }
        guard isForUs(claims.audience) else { throw TokenRefusal("it is not meant for \(audience)") }
    }

    /// One name, or a list of names of which one is ours (RFC 7519 section 4.1.3).
    private func isForUs(_ claim: JSON?) -> Bool {
        switch claim {
        case .string(let name)?: return name.isExactly(audience)
        case .array(let names)?:
            let texts = names.compactMap(\.string)
            return texts.count == names.count && texts.contains { $0.isExactly(audience) }
        default: return false
        }
    }
}
