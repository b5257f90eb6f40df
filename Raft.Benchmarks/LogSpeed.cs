using BenchmarkDotNet.Attributes;
using Raft.Impl.Core;

namespace Raft.Benchmarks;

/// <summary>
/// Operations of the log in memory, by its length, which stays as it is. It was appended in batches of 64 entries. Commands have 16 bytes.
/// </summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class LogSpeed
{
    private const int _operations = 1 << 17;
    private const int _batch = 64;
    private static readonly Term _term = new(1);
    private readonly EntryList _entries =
        EntryList.Of(Array.ConvertAll(new int[_batch], _ => new LogEntry(_term, Command.Of(new byte[16]))));

    private RaftLog _log = null!;

    [Params(100, 10_000, 1_000_000)]
    public int Length { get; set; } = 100;

    [IterationSetup]
    public void Fill()
    {
        _log = new RaftLog(Snapshot.None, []);
        while (_log.LastIndex.Value + _batch <= Length)
        {
            _log.Append(_entries);
        }

        _log.Append(_entries.Span[..(int)(Length - _log.LastIndex.Value)]);
    }

    /// <summary>Appends a batch, and removes it again.</summary>
    [Benchmark(OperationsPerInvoke = _operations)]
    public void AppendAndTruncate()
    {
        var next = _log.LastIndex.Next;
        for (var i = 0; i < _operations; i++)
        {
            _log.Append(_entries);
            _log.TruncateFrom(next);
        }
    }

    /// <summary>Appends an entry, and compacts the first one.</summary>
    [Benchmark(OperationsPerInvoke = _operations)]
    public void AppendAndCompact()
    {
        for (var i = 0; i < _operations; i++)
        {
            _log.Append(_entries.Span[..1]);
            _log.ReplaceBy(new Snapshot(_log.FirstIndex, _term, default));
        }
    }

    /// <summary>Takes 64 entries for a message, at an index that differs each time and is not that of a batch.</summary>
    [Benchmark(OperationsPerInvoke = _operations)]
    public long Slice()
    {
        var (entries, index) = (0L, 0L);
        for (var i = 0; i < _operations; i++)
        {
            index = (index + 7919) % (Length - _batch);
            entries += _log.From(new LogIndex(index + 1), _batch).Count;
        }

        return entries;
    }

    /// <summary>Looks up the term at an index that differs each time.</summary>
    [Benchmark(OperationsPerInvoke = _operations)]
    public long TermAt()
    {
        var (terms, index) = (0L, 0L);
        for (var i = 0; i < _operations; i++)
        {
            index = (index + 7919) % Length;
            terms += _log.TermAt(new LogIndex(index + 1))!.Value.Value;
        }

        return terms;
    }
}
