/// Leaves out points that a picture cannot show: in each of some stretches the first, the lowest, the highest and the last stay.
enum Downsampling {
    /// Indices to keep of the values; those of `always` are among them.
    static func indices(_ values: [Double], limit: Int, always: [Int] = []) -> [Int] {
        guard values.count > limit else { return Array(values.indices) }
        let stretches = max(limit / 4, 1)
        var kept = Set(always)
        kept.formUnion([0, values.count - 1])
        for stretch in 0..<stretches {
            let range = values.count * stretch / stretches..<values.count * (stretch + 1) / stretches
            guard let first = range.first, let last = range.last else { continue }
            kept.formUnion([first, last, range.min { values[$0] < values[$1] }!, range.max { values[$0] < values[$1] }!])
        }
        return kept.sorted()
    }
}
