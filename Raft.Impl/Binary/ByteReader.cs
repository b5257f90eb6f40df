using Raft.Impl.Core;

namespace Raft.Impl.Binary;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote. It trusts nothing: it refuses what does not fit with an <see cref="InvalidDataException"/>
/// that says what was expected, and at which byte. Each value has only one encoding, so that reading and writing it again gives the same
/// bytes.
/// </summary>
/// <param name="bytes">What was written.</param>
/// <param name="what">What the bytes should be, for the errors.</param>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes, string what)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _next;

    private readonly int Left => _bytes.Length - _next;

    /// <summary>Reads one byte.</summary>
    public byte Byte(string name) => Left > 0 ? _bytes[_next++] : throw EndsIn(name);

    /// <summary>Reads a number that is not negative.</summary>
    public long Number(string name)
    {
        var start = _next;
        var value = Unsigned(name);
        return value <= long.MaxValue ? (long)value : throw Damaged($"{name} does not fit into 63 bits", start);
    }

    /// <summary>Reads whether something holds.</summary>
    public bool Flag(string name)
    {
        var value = Byte(name);
        return value <= 1 ? value == 1 : throw Damaged($"{name} must be 0 or 1, not {value}", _next - 1);
    }

    /// <summary>Reads the name of a server.</summary>
    public ServerId Server(string name)
    {
        var start = _next;
        var value = Unsigned(name);
        return value <= uint.MaxValue
            ? new ServerId((int)((uint)value >> 1) ^ -(int)(value & 1))
            : throw Damaged($"{name} does not fit into 32 bits", start);
    }

    /// <summary>Reads a term.</summary>
    public Term Term(string name) => new(UpTo(Core.Term.MaxValue, name));

    /// <summary>Reads an index.</summary>
    public LogIndex Index(string name) => new(UpTo(LogIndex.MaxValue, name));

    /// <summary>Reads bytes.</summary>
    public SnapshotData SnapshotData(string name) => new(Bytes($"the length of {name}"));

    /// <summary>Reads bytes, with their number before them. They are part of what was written, not a copy.</summary>
    /// <param name="lengthName">What the number is, for the errors.</param>
    public ReadOnlySpan<byte> Bytes(string lengthName)
    {
        var length = Count(lengthName, 1);
        _next += length;
        return _bytes.Slice(_next - length, length);
    }

    /// <summary>Reads entries.</summary>
    /// <param name="most">The most entries that are accepted.</param>
    public EntryList Entries(int most = int.MaxValue)
    {
        // An entry takes at least two bytes: a damaged number of entries must not reserve memory.
        var start = _next;
        var count = Count("the length of the entries", 2);
        if (count > most)
        {
            throw Damaged($"there are {count} entries, more than {most}", start);
        }

        // All commands share one copy of the bytes.
        var first = _next;
        ReadOnlyMemory<byte> copy = count > 0 ? _bytes[first..].ToArray() : default;
        var entries = new LogEntry[count];
        for (var i = 0; i < entries.Length; i++)
        {
            var term = Term("an entry's term");
            if (term == Core.Term.Zero)
            {
                entries[i] = LogEntry.NoOp(Term("a no-op's term"));
                continue;
            }

            var length = Bytes("the length of an entry's command").Length;
            entries[i] = new LogEntry(term, Core.Command.Of(copy.Slice(_next - first - length, length)));
        }

        return EntryList.Owning(entries);
    }

    /// <summary>Checks that no bytes are left.</summary>
    public readonly void End()
    {
        if (Left > 0)
        {
            throw Damaged($"{Left} bytes follow its end", _next);
        }
    }

    /// <summary>Makes the exception for an invalid value.</summary>
    public readonly InvalidDataException Damaged(string how) => Damaged(how, _next - 1);

    private long UpTo(long most, string name)
    {
        var start = _next;
        var value = Number(name);
        return value <= most ? value : throw Damaged($"{name} is {value}, more than {most}", start);
    }

    private int Count(string name, int bytesEach)
    {
        var start = _next;
        var count = Number(name);
        return count <= Left / bytesEach
            ? (int)count
            : throw Damaged($"{name} is {count}, but only {Left} bytes follow", start);
    }

    private ulong Unsigned(string name)
    {
        var start = _next;
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte(name);
            if (shift == 63 && next > 1)
            {
                throw Damaged($"{name} does not fit into 64 bits", start);
            }

            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return next > 0 || shift == 0 ? value : throw Damaged($"{name} is written longer than it need be", start);
            }
        }
    }

    private readonly InvalidDataException EndsIn(string name) =>
        new($"{what} is damaged: it ends after {_bytes.Length} bytes, in the middle of {name}.");

    private readonly InvalidDataException Damaged(string how, int at) => new($"{what} is damaged: {how} (byte {at}).");
}
