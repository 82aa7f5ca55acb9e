import Foundation
import PerfHistory
import Testing

/// The change points that Apache Otava's own tests expect in its example series.
@Suite struct PublishedSeriesTests {
    struct Published: Decodable {
        struct Series: Decodable {
            let name: String
            let values: [Double]
            let probability: Double
            let magnitude: Double
            let changePoints: [Int]
        }

        struct Weak: Decodable {
            let probability: Double
            let changePoints: [Int]
        }

        let series: [Series]
        let tigerbeetleWithoutMagnitude: Weak
    }

    static let published: Published = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try! decoder.decode(Published.self, from: Data(contentsOf: Bundle.module.url(forResource: "published-series", withExtension: "json")!))
    }()

    @Test(arguments: published.series.indices)
    func changePointsAreThose(index: Int) {
        let series = Self.published.series[index]
        // Otava knows neither a smallest level nor noise thresholds.
        let finder = ChangePointFinder(probability: series.probability, magnitude: series.magnitude, usesNoiseThreshold: false)
        #expect(finder.changePoints(in: series.values).map(\.index) == series.changePoints, "\(series.name)")
    }

    /// Without a least magnitude Otava finds many small steps, by a test that takes noise for normal; ours finds no others than those, within two runs.
    @Test func smallStepsAgree() {
        let (values, weak) = (Self.published.series[0].values, Self.published.tigerbeetleWithoutMagnitude)
        let finder = ChangePointFinder(probability: weak.probability, magnitude: 0, usesNoiseThreshold: false)
        let found = finder.changePoints(in: values).map(\.index)
        print("small steps: found \(found), published \(weak.changePoints)")
        for index in found { #expect(weak.changePoints.contains { abs($0 - index) <= 2 }, "\(index) of \(found)") }
        #expect(found.contains(15) && found.contains(71) && found.count >= 5)
    }
}
