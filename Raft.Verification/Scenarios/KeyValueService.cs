using System.Buffers.Binary;
using Raft.Impl.Core;
using Raft.Impl.Service;
using Raft.Verification.Cluster;
using Raft.Verification.KeyValue;

namespace Raft.Verification.Scenarios;

/// <summary>
/// The key-value store of one incarnation of a server, with client sessions around it, as a service of the simulation. Its memory is the
/// only storage, so each call of the state machine completes at once.
/// </summary>
/// <param name="compactEvery">The number of entries after which it compacts the log; zero means never.</param>
/// <param name="sessions">The limits of the sessions.</param>
internal sealed class KeyValueService(int compactEvery, SessionOptions sessions) : IService
{
    private readonly KeyValueStore _store = new();
    private readonly Dictionary<LogIndex, (Term Term, SessionAnswer Answer)> _answers = [];
    private SessionStateMachine? _machine;
    private LogIndex _compacted;

    /// <inheritdoc/>
    public LogIndex Applied { get; private set; }

    /// <inheritdoc/>
    public ulong State { get; private set; }

    private SessionStateMachine Machine => _machine ??= new SessionStateMachine(_store, sessions);

    /// <summary>The value of a key; null: it has none.</summary>
    public string? Read(string key) => _store.Read(key);

    /// <summary>The answer to the entry at an index; null: another entry was applied there, or it was a part of a snapshot.</summary>
    public SessionAnswer? AnswerTo(LogIndex index, Term term) =>
        _answers.TryGetValue(index, out var known) && known.Term == term ? known.Answer : null;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Apply(ApplyMessage message)
    {
        Applied = message.Index;
        if (message.Snapshot is { } snapshot)
        {
            _compacted = message.Index;
            State = BinaryPrimitives.ReadUInt64LittleEndian(snapshot.Data.Bytes.Span);
            using var source = new MemoryStream(snapshot.Data.Bytes[sizeof(ulong)..].ToArray(), writable: false);
            Completed(Machine.RestoreAsync(source, CancellationToken.None)).GetAwaiter().GetResult();
            return default;
        }

        var answer = Completed(Machine.ApplyAsync([message], CancellationToken.None)).Result[0];
        _answers.Add(message.Index, (message.Term, SessionAnswer.Decode(answer)));
        State = RaftDigest.Add(RaftDigest.Add(State ^ (ulong)message.Index.Value, message.Command), SnapshotData.Of(Whole()));
        return answer;
    }

    /// <inheritdoc/>
    public SnapshotData? Compact()
    {
        if (compactEvery == 0 || Applied - _compacted < compactEvery)
        {
            return null;
        }

        _compacted = Applied;
        var digest = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(digest, State);
        return SnapshotData.Of((byte[])[.. digest, .. Whole()]);
    }

    // The values and the sessions.
    private byte[] Whole()
    {
        using var state = new MemoryStream();
        Completed(Machine.SnapshotAsync(state, CancellationToken.None)).GetAwaiter().GetResult();
        return state.ToArray();
    }

    private static T Completed<T>(T call)
        where T : Task =>
        call.IsCompleted ? call : throw new InvalidOperationException("The state machine has a call that does not complete at once.");
}
