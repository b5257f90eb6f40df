using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Storage.Files;

/// <summary>
/// What a write costs a <see cref="FileStorage"/> in allocated bytes, on a disk that makes a task for each flush. All runs on the thread of
/// the test, so that the numbers are the same on every machine.
/// </summary>
public sealed class WriteCostTests
{
    private const int _writes = 1000;

    // Measured. A change that needs more must say why, and one that needs less must change it.
    private const double _bytesOfWriteAlone = 429;
    private const double _bytesOfWriteAmongTen = 137;

    [Theory]
    [InlineData(1, _bytesOfWriteAlone)]
    [InlineData(10, _bytesOfWriteAmongTen)]
    public async Task A_write_allocates_as_much_as_measured(int writesPerFlush, double expected)
    {
        var disk = new HeldDisk(new SimulatedFiles(new DiskImage()));
        var storage = new FileStorage(disk, new FileStorageOptions { ClusterId = Guid.Empty, ServerId = S1 });
        await storage.OpenAsync();
        RaftWrite[] writes = [.. Enumerable.Range(1, 2 * _writes).Select(Numbered)];
        Write(writes.AsSpan(0, _writes));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Write(writes.AsSpan(_writes));
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange((double)bytes / _writes, 0.95 * expected, 1.05 * expected);

        void Write(ReadOnlySpan<RaftWrite> some)
        {
            Task? last = null;
            for (var i = 0; i < some.Length; i++)
            {
                last = storage.WriteAsync(some[i]);
                if ((i + 1) % writesPerFlush == 0)
                {
                    disk.Complete();
                }
            }

            disk.Complete();
            Assert.True(last!.IsCompletedSuccessfully);
        }
    }

    private static RaftWrite Numbered(int number) => new(
        number, new Term(1), null, null,
        new LogSuffix(new LogIndex(number), EntryList.Of(new LogEntry(new Term(1), Command.Of(new byte[16])))));

    // Each write waits until the test completes it.
    private sealed class HeldDisk(IFileSystem files) : PassingFiles(files)
    {
        private TaskCompletionSource? _held;

        public void Complete()
        {
            while (_held is { } held)
            {
                _held = null;
                held.SetResult();
            }
        }

        protected override IFile Opened(IFile file) => new HeldFile(this, file);

        private sealed class HeldFile(HeldDisk disk, IFile file) : PassingFile(file)
        {
            public override Task WriteAndFlushAsync(long offset, ReadOnlyMemory<byte> bytes)
            {
                disk._held = new TaskCompletionSource();
                return disk._held.Task;
            }

            // The zeros that a simulated disk would hold are no cost of the storage.
            public override Task PrepareAsync(long offset, int length) => Task.CompletedTask;
        }
    }
}
