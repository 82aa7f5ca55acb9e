/// Round trips as trace events, for Perfetto and its like: one track for each profile.
public struct TraceEvents: Encodable {
    /// One event, by the format's own names.
    struct Event: Encodable {
        let name: String
        let ph: String
        let pid: Int
        let tid: Int
        var ts: Double?
        var dur: Double?
        var args: [String: String]?
    }

    let traceEvents: [Event]
    let displayTimeUnit = "ns"

    private enum CodingKeys: String, CodingKey { case traceEvents, displayTimeUnit }

    /// The first round trips of each profile.
    public init(_ profiles: [SwitchProfile]) {
        var events = [Event(name: "process_name", ph: "M", pid: 1, tid: 0, args: ["name": "longma switch"])]
        let origin = profiles.compactMap(\.firstSamples.first?.start).min() ?? 0
        for (index, profile) in profiles.enumerated() {
            let track = index + 1
            func microseconds(_ cycles: UInt64) -> Double { profile.roundTrip.nanoseconds(cycles) / 1000 }
            events.append(
                Event(name: "thread_name", ph: "M", pid: 1, tid: track, args: ["name": "\(profile.exit), \(profile.engine), \(profile.routine)"]))
            for sample in profile.firstSamples {
                let start = sample.start &- origin
                events.append(
                    Event(
                        name: "round trip: \(profile.exit)", ph: "X", pid: 1, tid: track, ts: microseconds(start), dur: microseconds(sample.roundTrip),
                        args: ["instructions": "\(sample.instructions)", "cycles": "\(sample.roundTrip)"]))
                events.append(Event(name: "handler", ph: "X", pid: 1, tid: track, ts: microseconds(start), dur: microseconds(sample.handler)))
                events.append(
                    Event(
                        name: "resume, guest, vector save", ph: "X", pid: 1, tid: track, ts: microseconds(start &+ sample.handler),
                        dur: microseconds(sample.world)))
            }
        }
        traceEvents = events
    }
}
