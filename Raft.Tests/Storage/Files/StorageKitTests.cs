using DeterministicSimulation;
using Raft.Impl.Storage;
using Raft.Impl.Storage.Files;
using Raft.Verification.Cluster;
using Raft.Verification.Parts;

namespace Raft.Tests.Storage.Files;

/// <summary>The storages of this project pass the kit, and storages with bugs do not.</summary>
public sealed class StorageKitTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-kit").FullName;

    public static TheoryData<string> Names => [.. StorageKit.Names];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public Task InMemoryStorage_passes(string check) => StorageKit.RunAsync(check, new InMemory());

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_files_passes(string check) => StorageKit.RunAsync(check, new RealFiles(_directory));

    [Theory]
    [MemberData(nameof(Names))]
    public Task FileStorage_on_simulated_files_passes(string check) => StorageKit.RunAsync(check, new OnImage());

    [Theory]
    [InlineData("a crash after each durable write loses nothing")]
    [InlineData("a crash with writes in flight leaves a prefix with all acknowledged writes")]
    public Task A_disk_that_does_not_flush_does_not_pass(string check) =>
        Assert.ThrowsAsync<StorageKitException>(() => StorageKit.RunAsync(check, new OnImage { Flushes = false }));

    private sealed class InMemory : IStorageUnderTest
    {
        private readonly InMemoryStorage _storage = new();

        public IRaftStorage Create() => _storage;

        public Task CrashAsync(IRaftStorage storage)
        {
            _storage.Crash();
            return Task.CompletedTask;
        }

        public bool FailNextWrite() => false;
    }

    // The process ends. Power cannot be cut here.
    private sealed class RealFiles(string directory) : IStorageUnderTest
    {
        public IRaftStorage Create() => new FileStorage(
            new DirectoryFiles(directory), StorageHistory.Options with { PageBytes = 4096, SegmentBytes = 1 << 15 });

        public async Task CrashAsync(IRaftStorage storage) => await storage.CloseAsync();

        public bool FailNextWrite() => false;
    }

    private sealed class OnImage : IStorageUnderTest
    {
        private readonly DiskImage _image = new();
        private SimulatedFiles? _files;
        private bool _fails;

        public bool Flushes { get; init; } = true;

        public IRaftStorage Create()
        {
            _files ??= new SimulatedFiles(_image) { Gate = operation => Task.FromResult(FaultOf(operation)) };
            return new FileStorage(_files, StorageHistory.Options);
        }

        public Task CrashAsync(IRaftStorage storage)
        {
            var sector = 0;
            _image.Crash(outcomes => sector++ % outcomes);
            _files = null;
            return Task.CompletedTask;
        }

        public bool FailNextWrite()
        {
            _fails = true;
            return true;
        }

        private FileFault? FaultOf(FileOperation operation)
        {
            if (!Flushes && operation.Kind == FileOperationKind.Flush)
            {
                // It confirms, and loses what was written.
                var file = _image.Open(operation.File);
                file.FailFlush(_ => operation.File.EndsWith(".unfinished", StringComparison.Ordinal) ? 1 : 0);
                return null;
            }

            var fails = _fails && operation.Kind == FileOperationKind.Flush;
            _fails &= !fails;
            return fails ? new FileFault(_ => 0) : null;
        }
    }
}
