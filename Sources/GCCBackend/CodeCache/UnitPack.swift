import Translator

/// The file with the units made for one program: a header, and one record behind the other, of which new ones are only ever appended.
///
/// Everything has a checksum. A record's description (its regions) is checked when the file is opened, its unit when it is wanted.
package enum UnitPack {
    /// To be raised with every change of translated code that the executable's build id does not tell of, and of the format.
    package static let version = 2
    private static let magic: UInt64 = 0x4B43_4150_414D_474C
    private static let recordMagic: UInt32 = 0x4345_524C
    /// Bytes before a record's description.
    static let recordHeaderSize = 32
    /// A file is not allowed to be longer; it begins anew then.
    static let sizeLimit = 64 << 20

    /// What stands at the beginning of a file.
    package struct Header {
        /// `TranslatorIdentity.key` of those who can use it.
        package var translator: SHA256.Digest
        /// For people: which program it is for.
        package var program: String

        var bytes: [UInt8] {
            var body = ByteWriter()
            body.add(UInt32(UnitPack.version))
            for word in [translator.words.0, translator.words.1, translator.words.2, translator.words.3] { body.add(word) }
            body.add(program)
            var whole = ByteWriter()
            whole.add(UnitPack.magic)
            whole.add(UInt64(body.bytes.count))
            whole.add(Checksum.of(body.bytes))
            return whole.bytes + body.bytes
        }
    }

    /// Where the parts of a record are in the file.
    package struct Record {
        package var start: Int
        var description: Range<Int>
        package var unit: Range<Int>
        var unitSum: UInt64
        package var end: Int { unit.upperBound }
    }

    /// A region of a record's description.
    struct Entry {
        var key: SHA256.Digest
        var region: Range<Int>
    }

    /// The header, and where the first record begins; nil when this is no such file.
    package static func header(_ bytes: UnsafeRawBufferPointer) -> (Header, Int)? {
        var reader = ByteReader(bytes)
        guard let found = try? reader.read(UInt64.self), found == magic, let size = try? reader.read(UInt64.self), let sum = try? reader.read(UInt64.self),
            size <= bytes.count - 24
        else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: bytes[24..<24 + Int(size)])
        guard Checksum.of(body) == sum else { return nil }
        reader = ByteReader(body)
        guard let found = try? reader.read(UInt32.self), found == version,
            let words: (UInt64, UInt64, UInt64, UInt64) = try? (reader.read(), reader.read(), reader.read(), reader.read()), let program = try? reader.text()
        else { return nil }
        return (Header(translator: SHA256.Digest(words: words), program: program), 24 + Int(size))
    }

    /// The records from `start` on, and where the last whole one ends.
    package static func records(_ bytes: UnsafeRawBufferPointer, from start: Int) -> (records: [Record], end: Int) {
        var records: [Record] = []
        var at = start
        while let record = record(bytes, at) {
            records.append(record)
            at = record.end
        }
        return (records, at)
    }

    private static func record(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Record? {
        guard bytes.count - start >= recordHeaderSize else { return nil }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[start..<start + recordHeaderSize]))
        guard let found = try? reader.read(UInt32.self), found == recordMagic, let descriptionSize = try? reader.read(UInt32.self),
            let unitSize = try? reader.read(UInt64.self), let sum = try? reader.read(UInt64.self), let unitSum = try? reader.read(UInt64.self)
        else { return nil }
        let body = start + recordHeaderSize
        guard unitSize <= sizeLimit, Int(descriptionSize) + Int(unitSize) <= bytes.count - body else { return nil }
        let description = body..<body + Int(descriptionSize)
        guard Self.sum(UnsafeRawBufferPointer(rebasing: bytes[description]), unitSize, unitSum) == sum else { return nil }
        return Record(start: start, description: description, unit: description.upperBound..<description.upperBound + Int(unitSize), unitSum: unitSum)
    }

    /// Of a description and the fields that belong to it.
    private static func sum(_ description: UnsafeRawBufferPointer, _ unitSize: UInt64, _ unitSum: UInt64) -> UInt64 {
        var fields = ByteWriter()
        fields.add(Checksum.of(description))
        fields.add(unitSize)
        fields.add(unitSum)
        return Checksum.of(fields.bytes)
    }

    /// A record's bytes.
    static func encode(_ unit: CompiledUnit, _ regions: [Region], _ options: TranslationOptions, translator: SHA256.Digest) -> (bytes: [UInt8], keys: [SHA256.Digest]) {
        var description = ByteWriter()
        var keys: [SHA256.Digest] = []
        description.add(options)
        description.add(UInt32(regions.count))
        for region in regions {
            var one = ByteWriter()
            one.add(region)
            let key = key(one.bytes, options, translator)
            keys.append(key)
            for word in [key.words.0, key.words.1, key.words.2, key.words.3] { description.add(word) }
            description.add(UInt32(one.bytes.count))
            description.append(one.bytes)
        }
        var body = ByteWriter()
        body.add(unit)
        let unitSum = Checksum.of(body.bytes)
        var whole = ByteWriter()
        whole.add(recordMagic)
        whole.add(UInt32(description.bytes.count))
        whole.add(UInt64(body.bytes.count))
        whole.add(description.bytes.withUnsafeBytes { sum($0, UInt64(body.bytes.count), unitSum) })
        whole.add(unitSum)
        return (whole.bytes + description.bytes + body.bytes, keys)
    }

    /// What a region's code depends on, in a nutshell.
    private static func key(_ region: [UInt8], _ options: TranslationOptions, _ translator: SHA256.Digest) -> SHA256.Digest {
        var writer = ByteWriter()
        for word in [translator.words.0, translator.words.1, translator.words.2, translator.words.3] { writer.add(word) }
        writer.add(options)
        writer.append(region)
        return SHA256.digest(writer.bytes)
    }

    /// What a record's description says; nil when it says nothing sensible.
    static func entries(_ bytes: UnsafeRawBufferPointer, _ record: Record) -> (options: TranslationOptions, entries: [Entry])? {
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[record.description]))
        guard let options = try? reader.options(), let count = try? reader.count(of: 36) else { return nil }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            guard let words: (UInt64, UInt64, UInt64, UInt64) = try? (reader.read(), reader.read(), reader.read(), reader.read()),
                let size = try? reader.count(of: 1)
            else { return nil }
            let start = record.description.lowerBound + reader.position
            entries.append(Entry(key: SHA256.Digest(words: words), region: start..<start + size))
            reader.skip(size)
        }
        return (options, entries)
    }

    /// A region of a description.
    static func region(_ bytes: UnsafeRawBufferPointer, _ entry: Entry) -> Region? {
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[entry.region]))
        return try? reader.region()
    }

    /// Whether a record's unit is as it was written.
    package static func isIntact(_ bytes: UnsafeRawBufferPointer, _ record: Record) -> Bool {
        Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[record.unit])) == record.unitSum
    }

    /// Whether a record's regions have the keys that it says they have, and its unit a function for each.
    package static func isConsistent(_ bytes: UnsafeRawBufferPointer, _ record: Record, translator: SHA256.Digest) -> Bool {
        guard let (options, entries) = entries(bytes, record), unit(bytes, record, regions: entries.count) != nil else { return false }
        return entries.allSatisfy { region(bytes, $0) != nil && key([UInt8](bytes[$0.region]), options, translator) == $0.key }
    }

    /// A record's unit, checked; nil when it is damaged.
    static func unit(_ bytes: UnsafeRawBufferPointer, _ record: Record, regions: Int) -> CompiledUnit? {
        guard isIntact(bytes, record) else { return nil }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[record.unit]))
        return try? reader.unit(regions: regions)
    }

    /// How many regions a record has.
    package static func regionCount(_ bytes: UnsafeRawBufferPointer, _ record: Record) -> Int { entries(bytes, record)?.entries.count ?? 0 }
}
