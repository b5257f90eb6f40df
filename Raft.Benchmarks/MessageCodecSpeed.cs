using System.Buffers;
using BenchmarkDotNet.Attributes;
using Raft.Impl.Core;
using Raft.Impl.Transport;

namespace Raft.Benchmarks;

/// <summary>The encoding of AppendEntries with commands of 16 bytes, into a buffer that is used again, and its decoding.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class MessageCodecSpeed
{
    private const int _messages = 1 << 18;
    private readonly ArrayBufferWriter<byte> _buffer = new(1 << 13);
    private Message _message = null!;
    private byte[] _bytes = [];

    [Params(0, 1, 64)]
    public int Entries { get; set; } = 1;

    [GlobalSetup]
    public void Prepare()
    {
        var term = new Term(7);
        var entries = new LogEntry[Entries];
        Array.Fill(entries, new LogEntry(term, Command.Of(new byte[16])));
        var prev = new LogIndex(1_000_000);
        _message = new AppendEntries(new ServerId(1), new ServerId(2), term, prev, term, EntryList.Of(entries), prev, Round: 5);
        _bytes = MessageCodec.Encode(_message);
    }

    [Benchmark(OperationsPerInvoke = _messages)]
    public long Encode()
    {
        var length = 0L;
        for (var i = 0; i < _messages; i++)
        {
            _buffer.ResetWrittenCount();
            length += MessageCodec.Encode(_message, _buffer);
        }

        return length;
    }

    [Benchmark(OperationsPerInvoke = _messages)]
    public long Decode()
    {
        var terms = 0L;
        for (var i = 0; i < _messages; i++)
        {
            terms += MessageCodec.Decode(_bytes).Term.Value;
        }

        return terms;
    }
}
