using Raft.Verification.Exploration;

namespace Raft.Tests.Cli;

/// <summary>Commands that a reader can copy.</summary>
public sealed class InvocationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("raft-verify").FullName;

    [Fact]
    public void The_tool_is_called_by_its_name() =>
        Assert.Equal("raft-verify", Invocation.Find("/home/someone/tools/raft-verify", "/home/someone/tools/.store", _directory));

    [Fact]
    public void From_the_root_of_a_clone_it_is_run_as_the_documentation_says()
    {
        var project = Directory.CreateDirectory(Path.Combine(_directory, "Raft.Verification")).FullName;
        File.WriteAllText(Path.Combine(project, "Raft.Verification.csproj"), string.Empty);

        Assert.Equal(
            "dotnet run -c Release --project Raft.Verification --",
            Invocation.Find(null, Path.Combine(project, "bin") + Path.DirectorySeparatorChar, _directory));
    }

    [Fact]
    public void Elsewhere_its_assembly_is_named_with_its_whole_path() =>
        Assert.Equal(
            $"dotnet \"{Path.Combine(_directory, "a place", "Raft.Verification.dll")}\"",
            Invocation.Find("/usr/bin/dotnet", Path.Combine(_directory, "a place"), Path.GetTempPath()));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
