using System.Diagnostics;
using DeterministicSimulation;

namespace Raft.Tests.Writing;

public sealed class OutputFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_file_is_written_and_nothing_else_is_touched()
    {
        File.WriteAllText(At("report.json.partial"), "mine");

        OutputFile.Probe(At("report.json"));
        Assert.Equal(["report.json.partial"], Files());

        OutputFile.Write(At("report.json"), "theirs");
        Assert.Equal("theirs", File.ReadAllText(At("report.json")));
        Assert.Equal("mine", File.ReadAllText(At("report.json.partial")));
        Assert.Equal(["report.json", "report.json.partial"], Files());
    }

    [Fact]
    public void A_symbolic_link_stays_and_its_target_is_written()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Directory.CreateDirectory(At("elsewhere"));
        File.WriteAllText(At("elsewhere/target"), "old");
        File.CreateSymbolicLink(At("elsewhere/near"), "target");
        File.CreateSymbolicLink(At("link"), "elsewhere/near");
        File.CreateSymbolicLink(At("dangling"), "elsewhere/new");

        OutputFile.Write(At("link"), "new");
        OutputFile.Write(At("dangling"), "new");

        Assert.Equal("elsewhere/near", new FileInfo(At("link")).LinkTarget);
        Assert.Equal("target", new FileInfo(At("elsewhere/near")).LinkTarget);
        Assert.Equal("new", File.ReadAllText(At("elsewhere/target")));
        Assert.Equal("new", File.ReadAllText(At("elsewhere/new")));
    }

    [Fact]
    public void Links_that_lead_round_in_a_circle_are_reported()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.CreateSymbolicLink(At("one"), "other");
        File.CreateSymbolicLink(At("other"), "one");

        Assert.Throws<IOException>(() => OutputFile.Write(At("one"), "text"));
    }

    [Fact]
    public async Task A_named_pipe_is_written_into()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using (var made = Process.Start("mkfifo", [At("pipe")]))
        {
            await made.WaitForExitAsync();
        }

        OutputFile.Probe(At("pipe"));
        var read = Task.Run(() => File.ReadAllText(At("pipe")));
        OutputFile.Write(At("pipe"), "through the pipe");

        Assert.Equal("through the pipe", await read.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(["pipe"], Files());
    }

    [Fact]
    public void A_device_is_written_into()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        OutputFile.Probe("/dev/null");
        OutputFile.Write("/dev/null", "gone");

        Assert.True(OutputPlace.Of("/dev/null").IsStream);
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    [Fact]
    public void The_permissions_of_a_file_stay()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.WriteAllText(At("secret"), "old");
        File.SetUnixFileMode(At("secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        OutputFile.Write(At("secret"), "new");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("secret")));
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing()
    {
        Directory.CreateDirectory(At("taken"));

        Assert.ThrowsAny<SystemException>(() => OutputFile.Write(At("taken"), "text"));
        Assert.Empty(Files());
    }

    private string At(string name) => Path.Combine(_directory, name);

    private string[] Files() => [.. Directory.GetFiles(_directory).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
