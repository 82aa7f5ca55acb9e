import Dashboard
import Foundation
import Testing

/// The text that scrapers read.
@Suite struct OpenMetricsTests {
    private func sample(_ accept: String) -> String {
        var metrics = OpenMetrics(accept: accept)
        metrics.info("longma", "What runs.", [("program", "a\"b\\c\nd")])
        metrics.counter("longma_exits", "Exits.", [([("reason", "fault")], 3), ([("reason", "timer")], 1.5)])
        metrics.gauge("longma_uptime_seconds", "Uptime.", unit: "seconds", 12)
        metrics.histogram("longma_latency_seconds", "Latency.", unit: "seconds", buckets: [(0.5, 2), (1, 5)], count: 6, sum: 4.25)
        return metrics.text
    }

    @Test func theText() {
        #expect(
            sample("application/openmetrics-text;version=1.0.0,text/plain;q=0.5") == """
                # TYPE longma info
                # HELP longma What runs.
                longma_info{program="a\\"b\\\\c\\nd"} 1
                # TYPE longma_exits counter
                # HELP longma_exits Exits.
                longma_exits_total{reason="fault"} 3
                longma_exits_total{reason="timer"} 1.5
                # TYPE longma_uptime_seconds gauge
                # UNIT longma_uptime_seconds seconds
                # HELP longma_uptime_seconds Uptime.
                longma_uptime_seconds 12
                # TYPE longma_latency_seconds histogram
                # UNIT longma_latency_seconds seconds
                # HELP longma_latency_seconds Latency.
                longma_latency_seconds_bucket{le="0.5"} 2
                longma_latency_seconds_bucket{le="1"} 5
                longma_latency_seconds_bucket{le="+Inf"} 6
                longma_latency_seconds_count 6
                longma_latency_seconds_sum 4.25
                # EOF

                """)
    }

    /// The older format has the names of samples where OpenMetrics has those of families.
    @Test func theOlderFormat() {
        let text = sample("*/*")
        #expect(text.contains("# TYPE longma_exits_total counter\n# HELP longma_exits_total Exits.\nlongma_exits_total{reason"))
        #expect(text.contains("# TYPE longma_info gauge\n") && !text.contains("# UNIT"))
    }
}

/// Addresses to listen on.
@Suite struct ServerAddressTests {
    @Test(arguments: [("127.0.0.1:9100", true, 9100), ("localhost:0", true, 0), ("[::1]:80", true, 80), ("0.0.0.0:9100", false, 9100), ("[::]:1", false, 1)] as [(String, Bool, UInt16)])
    func good(text: String, isLoopback: Bool, port: UInt16) throws {
        let address = try #require(ServerAddress(text))
        #expect(address.isLoopback == isLoopback && address.port == port && address.description == text)
    }

    @Test(arguments: ["", "9100", ":9100", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "::1:80", "256.1.1.1:5", "no such name.invalid:5"])
    func bad(text: String) { #expect(ServerAddress(text) == nil) }
}
