using Raft.Impl.Core;
using Raft.Impl.Service;

namespace ThreeHosts;

/// <summary>Counts its commands, and answers each with the number so far.</summary>
public sealed class Counter : IStateMachine
{
    private long _value;

    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
    {
        var answers = new List<ReadOnlyMemory<byte>>();
        foreach (var entry in entries)
        {
            _value++;
            answers.Add(BitConverter.GetBytes(_value));
        }

        return Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(answers);
    }

    public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken) =>
        await destination.WriteAsync(BitConverter.GetBytes(_value), cancellationToken);

    public async Task RestoreAsync(Stream source, CancellationToken cancellationToken)
    {
        var bytes = new byte[sizeof(long)];
        await source.ReadExactlyAsync(bytes, cancellationToken);
        _value = BitConverter.ToInt64(bytes);
    }
}
