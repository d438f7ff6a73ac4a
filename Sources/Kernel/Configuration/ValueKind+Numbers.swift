extension ValueKind where Value == Int {
    static func integer(in range: ClosedRange<Int>) -> ValueKind {
        number(
            in: range, noun: "a whole number", name: "whole number", example: "write a whole number, such as",
            read: Quantity.wholeNumber, meant: { _ in nil }, write: String.init)
    }

    /// A number of bytes, plain or with a unit.
    static func bytes(in range: ClosedRange<Int>) -> ValueKind {
        number(
            in: range, noun: "a number of bytes", name: "number of bytes",
            example: "write a whole number, alone or with one of the units B, KiB, MiB, GiB, such as",
            read: Quantity.bytes, meant: Quantity.bytesMeant, write: Quantity.text(bytes:))
    }
}

extension ValueKind where Value == Duration {
    /// A span of time with its unit.
    static func duration(in range: ClosedRange<Duration>) -> ValueKind {
        number(
            in: range, noun: "a span of time", name: "span of time",
            example: "write a whole number with one of the units ms, s, m, h, such as", read: Quantity.duration,
            meant: Quantity.durationMeant, write: Quantity.text(duration:))
    }
}

extension ValueKind where Value: Comparable {
    /// What whole numbers, bytes and spans of time have in common: a spelling and a range.
    fileprivate static func number(
        in range: ClosedRange<Value>, noun: String, name: String, example: String,
        read: @escaping (String) -> Quantity.Reading<Value>, meant: @escaping (String) -> String?,
        write: @escaping (Value) -> String
    ) -> ValueKind {
        let limits = "\(write(range.lowerBound)) to \(write(range.upperBound))"
        let bound = [range.lowerBound, range.upperBound].map(write).first { !$0.hasPrefix("0") } ?? limits
        return ValueKind(
            name: "\(name) from \(limits)",
            parse: { tree in
                tree.text(expected: noun).flatMap { text, style in
                    let outcome = read(text)
                    if style == .quoted, case .value = outcome {
                        return .failure(
                            ValueProblem(what: "must be \(noun), not \(tree.shown)", remedy: "remove the quotes"))
                    }
                    switch outcome {
                    case .value(let value) where range.contains(value): return .success(value)
                    case .value, .tooLarge:
                        return .failure(
                            ValueProblem(
                                what: "must be from \(limits), not \(tree.shown)",
                                remedy: "choose a value in that range"))
                    case .unreadable:
                        return .failure(
                            ValueProblem(
                                what: "must be \(noun), not \(tree.shown)",
                                remedy: meant(text).map { "did you mean \($0)?" } ?? "\(example) \(bound)"))
                    }
                }
            },
            write: write)
    }
}

/// Numbers with and without units as they are written in a configuration.
enum Quantity {
    enum Reading<Value> {
        case value(Value)
        /// Well formed, but beyond what 64 bits hold.
        case tooLarge
        case unreadable
    }

    static let byteUnits: [(name: String, size: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]
    static let timeUnits: [(name: String, milliseconds: Int)] = [
        ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Decimal digits, with a minus before them for negative numbers; neither `+1`, `007` nor `1_000`.
    static func wholeNumber(_ text: String) -> Reading<Int> {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits == "0" || !digits.hasPrefix("0")
        else { return .unreadable }
        return Int(text).map(Reading.value) ?? .tooLarge
    }

    static func bytes(_ text: String) -> Reading<Int> {
        if case .value(let value) = wholeNumber(text) { return .value(value) }
        return scaled(text, by: byteUnits)
    }

    /// Zero needs no unit.
    static func duration(_ text: String) -> Reading<Duration> {
        if text.isExactly("0") { return .value(.zero) }
        return switch scaled(text, by: timeUnits.map { ($0.name, $0.milliseconds) }) {
        case .value(let milliseconds): .value(.milliseconds(milliseconds))
        case .tooLarge: .tooLarge
        case .unreadable: .unreadable
        }
    }

    /// What somebody most likely meant who wrote `4 MB` or `1.5m`.
    static func bytesMeant(_ text: String) -> String? {
        meant(
            text,
            [
                ("GiB", 1 << 30, ["g", "gb"]), ("MiB", 1 << 20, ["m", "mb"]), ("KiB", 1024, ["k", "kb"]),
                ("B", 1, ["byte"]),
            ],
            space: " ")
    }

    /// What somebody most likely meant who wrote `5 sec`, `1.5 h` or, of seconds, `60`.
    static func durationMeant(_ text: String) -> String? {
        meant(
            text,
            [
                ("h", 3_600_000, ["hr", "hour"]), ("m", 60_000, ["min", "minute"]), ("s", 1000, ["", "sec", "second"]),
                ("ms", 1, ["msec", "millisecond"]),
            ], space: "")
    }

    private static func meant(
        _ text: String, _ units: [(name: String, size: Int, others: [String])], space: String
    ) -> String? {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        var word = Text.trimmed(text[digits.endIndex...]).lowercased()
        if word.utf8.count > 2, word.hasSuffix("s") { word.removeLast() }
        guard let number = Double(digits), number > 0, number < 1e9, !digits.hasPrefix("0") || number < 1,
            let unit = units.firstIndex(where: { $0.name.lowercased() == word || $0.others.contains(word) })
        else { return nil }
        // The largest unit, from the one that was written on, in which it is a whole number.
        let amount = number * Double(units[unit].size)
        return units[unit...].first { (amount / Double($0.size)).rounded() * Double($0.size) == amount }
            .map { "\(Int(amount) / $0.size)\(space)\($0.name)" }
    }

    private static func scaled(_ text: String, by units: [(name: String, size: Int)]) -> Reading<Int> {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "-") }
        let name = Text.trimmed(text[digits.endIndex...])
        guard let unit = units.first(where: { $0.name.isExactly(name) }) else { return .unreadable }
        guard case .value(let number) = wholeNumber(String(digits)) else { return wholeNumber(String(digits)) }
        let (size, overflow) = number.multipliedReportingOverflow(by: unit.size)
        return overflow ? .tooLarge : .value(size)
    }

    /// In the largest unit that leaves a whole number.
    static func text(bytes: Int) -> String {
        let unit = byteUnits.first { bytes != 0 && bytes % $0.size == 0 } ?? ("B", 1)
        return "\(bytes / unit.size) \(unit.name)"
    }

    static func text(duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1000)
        guard !milliseconds.overflow else { return "\(seconds)s" }
        let total = milliseconds.partialValue &+ Int(attoseconds / 1_000_000_000_000_000)
        let unit = timeUnits.first { total != 0 && total % $0.milliseconds == 0 } ?? ("s", 1000)
        return "\(total / unit.milliseconds)\(unit.name)"
    }
}

enum Text {
    /// Without spaces and tabs at its ends.
    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
