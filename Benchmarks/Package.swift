// swift-tools-version: 6.1
import PackageDescription

// Microbenchmarks; a package of its own so that nobody who builds Longma fetches the benchmark library.
// Run with: swift package --package-path Benchmarks benchmark
let package = Package(
    name: "longma-benchmarks",
    platforms: [.macOS(.v13)],
    dependencies: [
        .package(name: "longma", path: ".."),
        // Without the traits' interposers: they are packages of their own, and what matters here is counted by `Counting`.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .target(name: "CAllocations", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "Counting", dependencies: ["CAllocations", .product(name: "Benchmark", package: "benchmark")]),
        .executableTarget(
            name: "Instructions",
            dependencies: ["Counting", .product(name: "Benchmark", package: "benchmark"), .product(name: "LoongArch", package: "longma")],
            path: "Benchmarks/Instructions", plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
        .executableTarget(
            name: "Engines",
            dependencies: ["Counting", .product(name: "Benchmark", package: "benchmark"), .product(name: "LongmaEngines", package: "longma")],
            path: "Benchmarks/Engines", plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v5]
)
