using Raft.Impl.Core;
using Raft.Impl.Service;

namespace Raft.Verification.Cluster;

/// <summary>A service as a state machine that an <see cref="Applier"/> drives. Other code may run between two entries of a batch.</summary>
/// <param name="service">The service.</param>
/// <param name="calls">Observes the calls of the service.</param>
/// <param name="snapshot">The snapshot that the core last gave to the node to apply.</param>
internal sealed class ServiceMachine(IService service, IServiceCalls calls, Func<Snapshot> snapshot) : IStateMachine
{
    private readonly Dictionary<LogIndex, (Term Term, ReadOnlyMemory<byte> Answer)> _answers = [];

    // The last message that was applied before this call, which the node must count as applied.
    private LogIndex? _before;

    /// <summary>What it answered to an entry; null: it did not apply the entry, or applied it as a part of a snapshot.</summary>
    public ReadOnlyMemory<byte>? AnswerTo(LogIndex index, Term term) =>
        _answers.TryGetValue(index, out var known) && known.Term == term ? known.Answer : null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
        IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
    {
        await BeginAsync();
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (var entry in entries)
        {
            await calls.ReadyAsync();
            var answer = Apply(entry);
            _answers[entry.Index] = (entry.Term, answer);
            answers.Add(answer);
            await Task.Yield();
        }

        return answers;
    }

    /// <inheritdoc/>
    public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken)
    {
        await BeginAsync();
        var state = service.Compact()
            ?? throw new InvalidOperationException($"The service is asked for its state at {service.Applied}, too early.");
        await Task.Yield();

        // Coyote does not control a call of Stream that waits for the disk.
        destination.Write(state.Bytes.Span);
    }

    /// <inheritdoc/>
    public async Task RestoreAsync(Stream source, CancellationToken cancellationToken)
    {
        await BeginAsync();
        await calls.ReadyAsync();
        using var state = new MemoryStream();
        var buffer = new byte[16];
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            state.Write(buffer.AsSpan(0, count));
        }

        Apply(new ApplyMessage(snapshot() with { Data = SnapshotData.Of(state.ToArray()) }));
    }

    private async Task BeginAsync()
    {
        await Task.Yield();
        if (_before is { } before)
        {
            calls.Took(before);
        }
    }

    private ReadOnlyMemory<byte> Apply(ApplyMessage message)
    {
        var answer = service.Apply(message);
        calls.Applied(message);
        _before = message.Index;
        return answer;
    }
}
