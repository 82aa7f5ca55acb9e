// swift-tools-version: 6.1
import PackageDescription

// Microbenchmarks; a package of its own so that nobody who builds Longma fetches the benchmark library.
// Run with: swift package --package-path Benchmarks benchmark
let package = Package(
    name: "longma-benchmarks",
    platforms: [.macOS(.v13)],
    dependencies: [
        .package(name: "longma", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Decoding",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "LoongArch", package: "longma"),
            ],
            path: "Benchmarks/Decoding",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
