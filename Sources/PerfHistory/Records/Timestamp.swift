/// Points of time as ISO 8601 text, whole seconds.
public enum Timestamp {
    /// `2026-11-22T16:30:00Z`.
    public static func text(_ seconds: Double) -> String {
        let (year, month, day, second) = civil(seconds)
        return "\(pad(year, 4))-\(pad(month))-\(pad(day))T\(pad(second / 3600)):\(pad(second / 60 % 60)):\(pad(second % 60))Z"
    }

    /// `2026-11-22 16:30`.
    public static func short(_ seconds: Double) -> String {
        let (year, month, day, second) = civil(seconds)
        return "\(pad(year, 4))-\(pad(month))-\(pad(day)) \(pad(second / 3600)):\(pad(second / 60 % 60))"
    }

    /// Seconds since 1970 of a text like `2026-11-22T16:30:00Z` or with an offset like `+01:00`; fractions of seconds are passed over; nil when it is none.
    public static func seconds(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[range] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            return value
        }
        func isByte(_ index: Int, _ characters: String) -> Bool { index < bytes.count && characters.utf8.contains(bytes[index]) }
        guard let year = number(0..<4), isByte(4, "-"), let month = number(5..<7), isByte(7, "-"), let day = number(8..<10), isByte(10, "T "),
            let hour = number(11..<13), isByte(13, ":"), let minute = number(14..<16), isByte(16, ":"), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var index = 19
        if isByte(index, ".") {
            index += 1
            while index < bytes.count, (48...57).contains(bytes[index]) { index += 1 }
        }
        var offset = 0
        if isByte(index, "+-") {
            guard let hours = number(index + 1..<index + 3), isByte(index + 3, ":"), let minutes = number(index + 4..<index + 6), index + 6 == bytes.count else { return nil }
            offset = (bytes[index] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
        } else {
            guard isByte(index, "Z"), index + 1 == bytes.count else { return nil }
        }
        return Double(days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset)
    }

    /// Days since 1970-01-01 in the Gregorian calendar. Years begin in March here, so that leap days come last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let (y, m) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let era = (y >= 0 ? y : y - 399) / 400
        let dayOfEra = (y - era * 400) * 365 + (y - era * 400) / 4 - (y - era * 400) / 100 + (153 * m + 2) / 5 + day - 1
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(_ seconds: Double) -> (year: Int, month: Int, day: Int, second: Int) {
        // Years 0 to 9999.
        let whole = Int(min(max(seconds.rounded(.down), -62_167_219_200), 253_402_300_799))
        let days = whole >= 0 ? whole / 86400 : (whole - 86399) / 86400
        var year = 1970 + days / 366
        while self.days(year + 1, 1, 1) <= days { year += 1 }
        while self.days(year, 1, 1) > days { year -= 1 }
        var month = 1
        while month < 12, self.days(year, month + 1, 1) <= days { month += 1 }
        return (year, month, days - self.days(year, month, 1) + 1, whole - days * 86400)
    }

    private static func pad(_ number: Int, _ width: Int = 2) -> String {
        let digits = "\(number)"
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
