using BenchmarkDotNet.Attributes;
using Raft.Impl.Core;

namespace Raft.Benchmarks;

/// <summary>
/// What the core takes for a batch of proposals, without storage, network or tasks. The steps include making their inputs. Commands have
/// 16 bytes; the cluster has three servers, and the extensions of production.
/// </summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class CoreSteps
{
    private const int _batches = 1 << 16;

    // So that the log stays short.
    private const int _batchesOfSnapshot = 1 << 10;
    private static readonly ServerId[] _members = [new(1), new(2), new(3)];
    private static readonly Term _term = new(1);
    private Command[] _commands = [];
    private EntryList _entries = EntryList.Empty;
    private RaftCore _core = null!;
    private Output _output = null!;
    private long _written;

    /// <summary>The proposals in a batch.</summary>
    [Params(1, 64)]
    public int Batch { get; set; } = 1;

    [IterationSetup(Target = nameof(Leader))]
    public void StartLeader()
    {
        Start();
        Take(ElectionTimeout.Instance);
        Take(new MessageReceived(new PreVoteReply(_members[1], _members[0], Term.Zero, VoteGranted: true)));
        Take(new MessageReceived(new RequestVoteReply(_members[1], _members[0], _term, VoteGranted: true)));

        if (_core.Role != Role.Leader)
        {
            throw new InvalidOperationException($"The server is {_core.Role}, not the leader.");
        }
    }

    [IterationSetup(Target = nameof(Follower))]
    public void Start()
    {
        _commands = new Command[Batch];
        Array.Fill(_commands, Command.Of(new byte[16]));
        _entries = EntryList.Of(Array.ConvertAll(_commands, command => new LogEntry(_term, command)));
        _core = new RaftCore(_members[0], _members, DurableState.Initial, protocol: ProtocolOptions.Production);
        _output = null!;
        _written = 0;
    }

    /// <summary>
    /// A leader takes a batch, its write becomes durable, and both followers answer the entries and the news that they are committed.
    /// </summary>
    [Benchmark(OperationsPerInvoke = _batches)]
    public long Leader()
    {
        var propose = new Propose(_commands);
        for (var batch = 0; batch < _batches; batch++)
        {
            Take(propose);
            Answer();
            Answer();
            Take(ReadyToApply.Instance);
            Compact(batch);
        }

        return Committed();
    }

    /// <summary>A follower takes a batch, makes it durable, and learns that it is committed.</summary>
    [Benchmark(OperationsPerInvoke = _batches)]
    public long Follower()
    {
        var (last, lastTerm) = (LogIndex.Zero, Term.Zero);
        for (var batch = 0; batch < _batches; batch++)
        {
            Take(new MessageReceived(new AppendEntries(_members[1], _members[0], _term, last, lastTerm, _entries, last)));
            (last, lastTerm) = (last + Batch, _term);
            Take(new MessageReceived(new AppendEntries(_members[1], _members[0], _term, last, lastTerm, EntryList.Empty, last)));
            Take(ReadyToApply.Instance);
            Compact(batch);
        }

        return Committed();
    }

    private long Committed() => _core.CommitIndex.Value >= (long)_batches * Batch
        ? _core.CommitIndex.Value
        : throw new InvalidOperationException($"Only {_core.CommitIndex} entries are committed.");

    private void Answer()
    {
        var last = _core.Log.LastIndex;
        Take(new MessageReceived(new AppendEntriesReply(_members[1], _members[0], _core.CurrentTerm, Success: true, last)));
        Take(new MessageReceived(new AppendEntriesReply(_members[2], _members[0], _core.CurrentTerm, Success: true, last)));
    }

    private void Compact(int batch)
    {
        if (batch % _batchesOfSnapshot == 0 && _core.LastApplied > _core.Log.Snapshot.LastIndex)
        {
            Take(new Compact(_core.LastApplied, default));
        }
    }

    // A step. Its write is durable at once.
    private void Take(Input input)
    {
        _output = _core.StepInto(_output, input);
        if (_output.Write is not null)
        {
            _output = _core.StepInto(_output, new WriteDurable(++_written));
        }
    }
}
