using System.CommandLine;
using System.Globalization;
using Raft.Impl.Storage.Files;
using ServerId = Raft.Impl.Core.ServerId;
using Term = Raft.Impl.Core.Term;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify storage</c>: lists, checks and explains the files of a server.</summary>
internal static class StorageCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var directory = new Argument<string>("directory") { Description = "The directory of a server's FileStorage." };
        var repair = new Option<bool>("--repair")
        {
            Description = "Do what the next start of the server does anyway: make the last group durable, and delete files that are unused "
                + "or were not completed. Damaged files are never changed.",
        };
        var givesUp = new Option<bool>("--give-up")
        {
            Description = "Mark the files as given up: the server has lost entries or votes. No server starts on them until --return.",
        };
        var returns = new Option<long?>("--return")
        {
            Description = "Replace files that were given up by empty ones, with which the server may start again. The number is the term "
                + "of a leader that was elected after the server had stopped, and has committed an entry of that term; all other servers "
                + "are in it.",
            CustomParser = Number.From("--return", 1, Term.MaxValue),
        };
        var cluster = new Option<Guid?>("--cluster") { Description = "With --give-up and --return: the cluster id of the server." };
        var server = new Option<int?>("--server")
        {
            Description = "With --give-up and --return: the number of the server.",
            CustomParser = Number.From("--server", 1, int.MaxValue),
        };
        var json = new Option<string?>("--json") { Description = "A file for the report, as JSON." };
        var command = new Command(
            "storage",
            "Lists, checks and explains the files of a server that is stopped. An unfinished write at the end of the log is what a crash "
            + "leaves, and is no damage. Exit status 1: the files are damaged; the file, the byte and what to do are printed.")
        {
            directory, repair, givesUp, returns, cluster, server, json,
        };
        command.Validators.Add(result =>
        {
            bool Has(Option option) => result.GetResult(option) is { Implicit: false };
            if (!Has(givesUp) && !Has(returns))
            {
                foreach (var option in ((Option[])[cluster, server]).Where(Has))
                {
                    result.AddError($"{option.Name} is for --give-up and --return only");
                }

                return;
            }

            Option mode = Has(returns) ? returns : givesUp;
            foreach (var other in ((Option[])[givesUp, repair, json]).Where(option => option != mode && Has(option)))
            {
                result.AddError($"{mode.Name} and {other.Name} exclude each other");
            }

            foreach (var missing in ((Option[])[cluster, server]).Where(option => !Has(option)))
            {
                result.AddError($"{mode.Name} needs {missing.Name}");
            }
        });
        command.SetAction(parsed => parsed.GetValue(givesUp) || parsed.GetValue(returns) is not null
            ? Replace(
                parsed.GetValue(directory)!, parsed.GetValue(cluster)!.Value, new ServerId(parsed.GetValue(server)!.Value),
                parsed.GetValue(returns))
            : Run(parsed.GetValue(directory)!, parsed.GetValue(repair), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string directory, bool repairs, string? json)
    {
        RequireDirectory(directory);
        if (json is not null)
        {
            Destination.RequireFile("--json", json);
        }

        // A console program waits for what it calls.
        return RunAsync(new DirectoryFiles(directory), repairs, json).GetAwaiter().GetResult();
    }

    private static void RequireDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"there is no directory {directory}");
        }
    }

    // Gives the files up, or makes new ones.
    private static int Replace(string directory, Guid cluster, ServerId server, long? term)
    {
        // A path with a mistake would be given up in place of the files.
        RequireDirectory(directory);
        var files = new DirectoryFiles(directory);
        var options = new FileStorageOptions { ClusterId = cluster, ServerId = server };
        try
        {
            if (term is { } later)
            {
                // A console program waits for what it calls.
                FileStorage.ReturnAsync(files, options, new Term(later)).GetAwaiter().GetResult();
                Console.WriteLine($"{files.Location} is empty, in term {later} at least. The server may start.");
            }
            else
            {
                FileStorage.GiveUpAsync(files, options).GetAwaiter().GetResult();
                Console.WriteLine(
                    $"{files.Location} is given up. docs/guides/operating.md describes how {options.ServerId} returns.");
            }
        }
        catch (InvalidOperationException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        return CommandLine.Ok;
    }

    private static async Task<int> RunAsync(DirectoryFiles files, bool repairs, string? json)
    {
        StorageReport report;
        using (var held = ReadLock.Take(files.Location))
        {
            try
            {
                report = await StorageReport.ReadAsync(files);
            }
            catch (StorageRefusedException exception)
            {
                PrintDamage(exception, held.Doubt, json);
                return CommandLine.Violated;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && held.Doubt is not null)
            {
                throw new IOException($"{exception.Message} {held.Doubt}", exception);
            }

            var doubt = held.Doubt;
            Print(files, report, doubt);
            if (json is not null)
            {
                JsonReport.Write(json, ReportOf(report, doubt));
            }
        }

        // The lock is free again: the repair is an opening, which takes the lock itself.
        if (repairs && report is { ClusterId: { } cluster, ServerId: { } server })
        {
            await RepairAsync(files, new FileStorageOptions { ClusterId = cluster, ServerId = server }, report);
        }

        return CommandLine.Ok;
    }

    // A server that writes meanwhile looks like damage. To give such files up would be the wrong consequence.
    private static void PrintDamage(StorageRefusedException exception, string? doubt, string? json)
    {
        if (doubt is not null)
        {
            exception = new StorageRefusedException(
                exception.File, exception.Offset, exception.Problem,
                "If a server uses the directory, this may be no damage. Stop the server, and check again with its account.");
            Console.WriteLine(doubt);
        }

        Console.WriteLine($"{(doubt is null ? "Damaged" : "Perhaps damaged")}: {exception.Message}");
        if (json is not null)
        {
            JsonReport.Write(json, new { exception.File, exception.Offset, exception.Problem, exception.Remedy, Doubt = doubt });
        }
    }

    private static async Task RepairAsync(DirectoryFiles files, FileStorageOptions options, StorageReport report)
    {
        var storage = new FileStorage(files, options);
        try
        {
            await storage.OpenAsync();
        }
        catch (InvalidOperationException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        await storage.CloseAsync();
        var deleted = report.Remains.Count(remains => remains.Offset is null);
        Console.WriteLine($"Repaired: the log is durable up to its end; {deleted} unused files were deleted.");
    }

    private static void Print(DirectoryFiles files, StorageReport report, string? doubt)
    {
        if (doubt is not null)
        {
            Console.WriteLine(doubt);
        }

        if (report.ClusterId is not { } cluster)
        {
            Console.WriteLine($"{files.Location} holds no files of a server yet.");
            return;
        }

        Console.WriteLine($"{files.Location}: {report.ServerId} of cluster {cluster}");
        Console.WriteLine($"Term {report.Term}, vote {report.VotedFor?.ToString() ?? "none"}, {Log(report)}");
        Console.WriteLine();
        foreach (var file in report.Files)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {file.Name,-25} {file.Length,13:n0} bytes, {file.Used,13:n0} used  {file.Content}"));
        }

        foreach (var remains in report.Remains)
        {
            var place = remains.Offset is { } offset ? $", byte {offset}" : string.Empty;
            Console.WriteLine($"  {remains.File}{place}: {remains.Explanation}");
        }

        Console.WriteLine();
        Console.WriteLine("The files are sound.");
    }

    private static string Log(StorageReport report)
    {
        var snapshot = report.SnapshotIndex.Value > 0
            ? $"snapshot to {report.SnapshotIndex}@{report.SnapshotTerm}"
            : "no snapshot";
        return report.LastIndex > report.SnapshotIndex
            ? $"{snapshot}, entries {report.SnapshotIndex.Next} to {report.LastIndex}"
            : $"{snapshot}, no entries";
    }

    private static object ReportOf(StorageReport report, string? doubt) => new
    {
        report.ClusterId,
        ServerId = report.ServerId?.Value,
        Term = report.Term.Value,
        VotedFor = report.VotedFor?.Value,
        SnapshotIndex = report.SnapshotIndex.Value,
        SnapshotTerm = report.SnapshotTerm.Value,
        LastIndex = report.LastIndex.Value,
        report.Files,
        Remains = report.Remains.Select(one => new { Kind = one.Kind.ToString(), one.File, one.Offset, one.Explanation }),
        Doubt = doubt,
    };
}
