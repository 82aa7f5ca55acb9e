import Execution
import LoongArch
import Translator

// Regions, options and compiled units as bytes: for pipes to compilers and for files. Instructions go as words and are decoded anew.

extension ByteWriter {
    mutating func add(_ options: TranslationOptions) {
        add(UInt8(options.preciseRegisters ? 1 : 0))
        add(UInt8(options.mode.isMapped ? 1 : 0))
        add(options.mode.disabled.rawValue)
        add(options.mode.privilege.map { UInt8(4 | ($0.isGuest ? 1 : 0) | ($0.hasVirtualization ? 2 : 0)) } ?? 0)
    }

    mutating func add(_ region: Region) {
        reserve(16 + 8 * region.entries.count + 16 * region.blocks.count + 4 * region.instructionCount)
        add(UInt32(region.entries.count))
        for entry in region.entries { add(entry) }
        add(UInt32(region.blocks.count))
        for block in region.blocks {
            add(block.start)
            add(UInt32(block.instructions.count))
            for instruction in block.instructions { add(instruction.word) }
            add(UInt32(block.targets.count))
            for target in block.targets { add(target) }
        }
    }

    mutating func add(_ place: CodeCache.Place?) {
        add(UInt8(place == nil ? 0 : 1))
        guard let place else { return }
        add(place.directory)
        add(place.fileName)
        let words = place.header.translator.words
        for word in [words.0, words.1, words.2, words.3] { add(word) }
        add(place.header.program)
    }

    mutating func add(_ unit: CompiledUnit) {
        reserve(16 + unit.code.count + 8 * unit.functions.count + 16 * unit.sites.count)
        add(unit.code)
        add(UInt32(unit.functions.count))
        for function in unit.functions { add(UInt64(function)) }
        add(UInt32(unit.sites.count))
        for site in unit.sites {
            add(site.host)
            add(site.unexecuted)
            add(site.guest)
        }
        add(UInt32(unit.links.count))
        for link in unit.links {
            add(link.host)
            add(link.guest)
        }
    }
}

extension ByteReader {
    mutating func options() throws(Truncated) -> TranslationOptions {
        let precise = try read(UInt8.self) != 0
        let isMapped = try read(UInt8.self) != 0
        let disabled = CodeMode.Units(rawValue: try read(UInt8.self))
        let privilege = try read(UInt8.self)
        let mode = CodeMode(
            isMapped: isMapped, disabled: disabled,
            privilege: privilege & 4 == 0 ? nil : CodeMode.Privilege(isGuest: privilege & 1 != 0, hasVirtualization: privilege & 2 != 0))
        return TranslationOptions(preciseRegisters: precise, mode: mode)
    }

    mutating func region() throws(Truncated) -> Region {
        var entries: [UInt64] = []
        for _ in 0..<(try count(of: 8)) { entries.append(try read()) }
        var blocks: [RegionBlock] = []
        for _ in 0..<(try count(of: 16)) {
            let start = try read(UInt64.self)
            var instructions: [Instruction] = []
            for _ in 0..<(try count(of: 4)) {
                guard let instruction = Decoder.decode(try read()) else { throw Truncated() }
                instructions.append(instruction)
            }
            if instructions.isEmpty { throw Truncated() }
            var block = RegionBlock(start: start, instructions: instructions)
            for _ in 0..<(try count(of: 8)) { block.targets.append(try read()) }
            blocks.append(block)
        }
        if entries.isEmpty || blocks.isEmpty { throw Truncated() }
        return Region(entries: entries, blocks: blocks)
    }

    mutating func place() throws(Truncated) -> CodeCache.Place? {
        guard try read(UInt8.self) != 0 else { return nil }
        let (directory, fileName) = (try text(), try text())
        let translator = SHA256.Digest(words: (try read(), try read(), try read(), try read()))
        return CodeCache.Place(directory: directory, fileName: fileName, header: UnitPack.Header(translator: translator, program: try text()))
    }

    /// A unit with `regions` functions, all of which and all of whose fault sites and links lie in its code.
    mutating func unit(regions: Int) throws(Truncated) -> CompiledUnit {
        let code = try list()
        var functions: [Int] = []
        for _ in 0..<(try count(of: 8)) {
            let offset = try read(UInt64.self)
            guard offset < code.count else { throw Truncated() }
            functions.append(Int(offset))
        }
        var sites: [CompiledUnit.FaultSite] = []
        let siteCount = try count(of: 16)
        sites.reserveCapacity(siteCount)
        for _ in 0..<siteCount {
            let site = CompiledUnit.FaultSite(host: try read(), unexecuted: try read(), guest: try read())
            guard site.host < code.count else { throw Truncated() }
            sites.append(site)
        }
        var links: [CompiledUnit.Link] = []
        for _ in 0..<(try count(of: 12)) {
            let link = CompiledUnit.Link(host: try read(), guest: try read())
            guard 4...code.count ~= Int(link.host) else { throw Truncated() }
            links.append(link)
        }
        guard functions.count == regions else { throw Truncated() }
        return CompiledUnit(code: code, functions: functions, sites: sites, links: links)
    }
}
