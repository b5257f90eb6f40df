using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Raft.Impl.Core;
using Raft.Impl.Service;

namespace Raft.Tests.Node;

/// <summary>
/// A service with a large state that is never in memory: it is generated from the number of entries that were applied. A snapshot that is
/// restored is checked byte by byte.
/// </summary>
internal sealed class GeneratedState(long bytes) : IStateMachine
{
    private const int _blockBytes = 1 << 16;
    private long _applied;
    private long _restored;

    /// <summary>How many entries were applied, here or before a snapshot that was restored.</summary>
    public long Applied => Interlocked.Read(ref _applied);

    /// <summary>How many bytes of snapshots were restored, all of them right.</summary>
    public long Restored => Interlocked.Read(ref _restored);

    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> ApplyAsync(
        IReadOnlyList<ApplyMessage> entries, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _applied, entries.Count);
        return Task.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(new ReadOnlyMemory<byte>[entries.Count]);
    }

    public async Task SnapshotAsync(Stream destination, CancellationToken cancellationToken)
    {
        var block = new byte[_blockBytes];
        for (var at = 0L; at < bytes; at += _blockBytes)
        {
            Fill(block, Applied, at);
            await destination.WriteAsync(block, cancellationToken);
        }
    }

    public async Task RestoreAsync(Stream source, CancellationToken cancellationToken)
    {
        var (block, expected) = (new byte[_blockBytes], new byte[_blockBytes]);
        var applied = 0L;
        for (var at = 0L; at < bytes; at += _blockBytes)
        {
            await source.ReadExactlyAsync(block, cancellationToken);
            applied = at == 0 ? BinaryPrimitives.ReadInt64LittleEndian(block) : applied;
            Fill(expected, applied, at);
            if (!block.AsSpan().SequenceEqual(expected))
            {
                throw new InvalidDataException($"The snapshot differs from the state after {applied} entries, from byte {at} on.");
            }
        }

        if (await source.ReadAsync(block, cancellationToken) > 0)
        {
            throw new InvalidDataException($"The snapshot has more than {bytes} bytes.");
        }

        Interlocked.Exchange(ref _applied, applied);
        Interlocked.Add(ref _restored, bytes);
    }

    private static void Fill(byte[] block, long applied, long at)
    {
        var numbers = MemoryMarshal.Cast<byte, ulong>(block.AsSpan());
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (ulong)applied + ((ulong)(at + i) * 0x9E3779B97F4A7C15);
        }
    }
}
