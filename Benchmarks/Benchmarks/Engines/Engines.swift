import Benchmark

let benchmarks: @Sendable () -> Void = {
    registerDispatch()
    registerRegionLookup()
    registerSoftTLB()
    registerWorldSwitch()
    registerCacheLoad()
}
