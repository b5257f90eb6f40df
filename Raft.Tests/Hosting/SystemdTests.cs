using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Raft.Tests.Docs;
using Raft.Tests.Transport.Tcp;

namespace Raft.Tests.Hosting;

/// <summary>The program and the unit of docs/guides/hosting.md, without systemd itself.</summary>
public sealed partial class SystemdTests
{
    private const string _page = "docs/guides/hosting.md";

    // A process starts slowly on a busy machine.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    // What systemd does with Type=notify: it waits for a message on a socket, and stops a service with SIGTERM. The library asks whether
    // the parent process is called systemd.
    private const string _manager = "printf systemd > /proc/self/comm; dotnet \"$@\" & echo $!; wait $!";

    [Fact]
    public async Task The_program_in_the_guide_says_when_it_is_ready_and_ends_in_good_order_after_SIGTERM()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var directory = Directory.CreateTempSubdirectory("raft-systemd-").FullName;
        try
        {
            using var notified = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            notified.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory, "notify")));
            using var manager = Start(directory);
            try
            {
                var service = await manager.StandardOutput.ReadLineAsync().WaitAsync(_patience);
                Assert.StartsWith("READY=1", await MessageAsync(notified), StringComparison.Ordinal);
                using var kill = Process.Start("kill", ["-TERM", service!]);
                Assert.StartsWith("STOPPING=1", await MessageAsync(notified), StringComparison.Ordinal);
                var output = await manager.StandardOutput.ReadToEndAsync().WaitAsync(_patience);
                await manager.WaitForExitAsync().WaitAsync(_patience);
                Assert.True(manager.ExitCode == 0, output);
                Assert.Contains("S1 has stopped", output, StringComparison.Ordinal);
            }
            finally
            {
                manager.Kill(entireProcessTree: true);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // Only where systemd is installed. It looks for the program that the unit starts.
    [Fact]
    public async Task Systemd_finds_no_mistake_in_the_unit_in_the_guide()
    {
        var unit = Unit().Match((await File.ReadAllTextAsync(Repository.File(_page))).ReplaceLineEndings("\n")).Groups["unit"].Value;
        Assert.Contains("ExecStart=/opt/counter/Counter\n", unit, StringComparison.Ordinal);
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            return;
        }

        Assert.DoesNotContain("counter.service", await VerifyAsync(unit), StringComparison.Ordinal);
        var wrong = unit.Replace("Type=", "Tpye=", StringComparison.Ordinal);
        Assert.Contains("counter.service", await VerifyAsync(wrong), StringComparison.Ordinal);
    }

    private static async Task<string> VerifyAsync(string unit)
    {
        var directory = Directory.CreateTempSubdirectory("raft-systemd-").FullName;
        try
        {
            var file = Path.Combine(directory, "counter.service");
            await File.WriteAllTextAsync(file, unit.Replace("/opt/counter/Counter", "/bin/true", StringComparison.Ordinal));
            using var process = Process.Start(new ProcessStartInfo("/usr/bin/systemd-analyze", ["verify", file])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
            })!;
            var errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return errors;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Process Start(string directory)
    {
        var program = Path.Combine(directory, "Counter.dll");
        var compiled = SnippetTests.Compile(SnippetTests.Of(_page)[0], "Counter");
        using (var file = File.Create(program))
        {
            Assert.True(compiled.Emit(file).Success);
        }

        var here = AppContext.BaseDirectory;
        foreach (var pattern in new[] { "Raft.Impl.dll", "Raft.Hosting.dll", "Microsoft.Extensions.*.dll" })
        {
            Array.ForEach(Directory.GetFiles(here, pattern), file => File.Copy(file, Path.Combine(directory, Path.GetFileName(file))));
        }

        File.Copy(Path.Combine(here, "Raft.Tests.runtimeconfig.json"), Path.Combine(directory, "Counter.runtimeconfig.json"));
        string[] options =
        [
            "--Raft:ServerId=1", $"--Raft:ClusterId={Guid.NewGuid()}", $"--Raft:DataDirectory={Path.Combine(directory, "data")}",
            $"--Raft:Members:1={LoopbackCluster.FreeAddresses(1).Values.Single()}",
        ];
        return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", _manager, "sh", program, .. options])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = directory,
            Environment = { ["NOTIFY_SOCKET"] = Path.Combine(directory, "notify") },
        })!;
    }

    private static async Task<string> MessageAsync(Socket socket)
    {
        var bytes = new byte[256];
        return Encoding.UTF8.GetString(bytes, 0, await socket.ReceiveAsync(bytes).WaitAsync(_patience));
    }

    [GeneratedRegex("^```ini\n(?<unit>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unit();
}
