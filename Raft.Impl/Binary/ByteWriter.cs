using Raft.Impl.Core;

namespace Raft.Impl.Binary;

/// <summary>
/// Writes values one after the other, compactly: numbers in groups of seven bits, the lowest first, with the highest bit of a byte set
/// where another follows (unsigned LEB128). <see cref="ByteReader"/> reads them.
/// </summary>
/// <param name="mostKept">The largest memory, in bytes, that <see cref="Clear"/> keeps.</param>
internal sealed class ByteWriter(int mostKept = 64 << 10)
{
    private byte[] _bytes = [];
    private int _first;
    private int _count;
    private int _end;

    /// <summary>
    /// Begins to write into given memory. If that is too short, it moves to memory of its own, as a writer does without this call.
    /// </summary>
    public void Begin(ArraySegment<byte> room)
    {
        _bytes = room.Array!;
        (_first, _count, _end) = (room.Offset, room.Offset, room.Offset + room.Count);
    }

    /// <summary>Forgets what was written, and begins again, in the same memory unless there is much of it.</summary>
    public void Clear() => Begin(_bytes.Length <= mostKept ? _bytes : []);

    /// <summary>Writes one byte.</summary>
    public void Byte(byte value)
    {
        Reserve(1);
        _bytes[_count++] = value;
    }

    /// <summary>Writes a number that is not negative.</summary>
    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Unsigned((ulong)value);
    }

    /// <summary>Writes whether something holds.</summary>
    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>Writes the name of a server: any number, zigzag, so that small negative ones are short too.</summary>
    public void Server(ServerId server) => Unsigned((uint)((server.Value << 1) ^ (server.Value >> 31)));

    /// <summary>Writes a term.</summary>
    public void Term(Term term) => Number(term.Value);

    /// <summary>Writes an index.</summary>
    public void Index(LogIndex index) => Number(index.Value);

    /// <summary>Writes bytes, with their number before them.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        Append(bytes);
    }

    /// <summary>Writes bytes as they are.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Skip(bytes.Length));

    /// <summary>Leaves room for bytes, which the caller fills in before it writes more.</summary>
    public Span<byte> Skip(int count)
    {
        Reserve(count);
        _count += count;
        return _bytes.AsSpan(_count - count, count);
    }

    /// <summary>Writes entries, with their number before them.</summary>
    /// <exception cref="ArgumentException">An entry with a command is of term 0.</exception>
    public void Entries(EntryList entries)
    {
        Number(entries.Count);
        foreach (var entry in entries.Span)
        {
            // No entry is of term 0: a zero announces a no-op.
            if (entry.IsNoOp)
            {
                Number(0);
                Term(entry.Term);
                continue;
            }

            if (entry.Term == Core.Term.Zero)
            {
                throw new ArgumentException("No entry with a command is of term 0.", nameof(entries));
            }

            Term(entry.Term);
            Bytes(entry.Command.Bytes.Span);
        }
    }

    /// <summary>All that was written. It is valid until more is written.</summary>
    public ReadOnlySpan<byte> Written => Memory.Span;

    /// <summary>All that was written. It is valid until more is written.</summary>
    public Memory<byte> Memory => _bytes.AsMemory(_first, _count - _first);

    /// <summary>A copy of all that was written.</summary>
    public byte[] ToArray() => Written.ToArray();

    private void Unsigned(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _bytes[_count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_count++] = (byte)value;
    }

    private void Reserve(int bytes)
    {
        if (_count + bytes <= _end)
        {
            return;
        }

        var written = _count - _first;
        var larger = new byte[Math.Max(written + bytes, Math.Max(64, 2 * (_end - _first)))];
        Written.CopyTo(larger);
        (_bytes, _first, _count, _end) = (larger, 0, written, larger.Length);
    }
}
