using System.CommandLine;
using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.CoreGraph;
using Raft.Verification.Exploration;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify check</c>: checks the formal model within bounds.</summary>
internal sealed class CheckCommand
{
    private const string _published = "raft.tla";
    private const string _wide = "raft";
    private const string _core = "core";

    // Small enough to be exhausted in seconds, and every action fires: there are two leaders, and the second removes an entry of the first.
    private static readonly RaftBounds _byDefault = new()
    {
        MaxTerm = 3,
        MaxRestarts = 1,
        MaxDuplicates = 1,
        MaxDrops = 1,
        MaxClientRequests = 2,
        MaxTimeouts = 2,
    };

    private readonly Option<string> _spec = new("--spec")
    {
        Description = $"{_published}: as published. {_wide}: what the implementation does. {_core}: the implementation itself, with the "
            + "model beside it.",
        DefaultValueFactory = _ => _published,
    };
    private readonly Option<int?> _servers = Bound("--servers", "The number of servers.", new RaftBounds().Servers);
    private readonly Option<int?> _values = Bound(
        "--values", "The number of different values that clients propose.", new RaftBounds().Values);
    private readonly Option<int?> _maxTerm = Bound("--max-term", "The greatest term; all begin in term 1.", new RaftBounds().MaxTerm);
    private readonly Option<int?> _maxLog = Bound("--max-log", "The greatest length of a log, in entries.", new RaftBounds().MaxLog);
    private readonly Option<int?> _maxMessages = Bound(
        "--max-messages", "The most messages in flight, counting copies.", new RaftBounds().MaxMessages);
    private readonly Option<int?> _maxCopies = Bound(
        "--max-copies", "The most copies of one message in flight.", new RaftBounds().MaxCopies);
    private readonly Option<int?> _maxRestarts = Budget("--max-restarts", "restarts");
    private readonly Option<int?> _maxDuplicates = Budget("--max-duplicates", "message duplications");
    private readonly Option<int?> _maxDrops = Budget("--max-drops", "message losses");
    private readonly Option<int?> _maxClientRequests = Budget("--max-client-requests", "client requests");
    private readonly Option<int?> _maxTimeouts = Budget("--max-timeouts", "election timeouts");
    private readonly Option<int?> _maxWrites = Bound(
        "--max-writes", $"With --spec {_core}: the most writes of a server in flight.", 1, least: 1);
    private readonly Option<int?> _maxBatch = Bound(
        "--max-batch", $"With --spec {_core}: the most commands that are proposed together.", 1, least: 1);
    private readonly Option<bool> _snapshots = new("--snapshots")
    {
        Description = $"With --spec {_core}: services take snapshots.",
    };
    private readonly Option<int?> _chunk = new("--chunk")
    {
        Description = $"With --spec {_core}: the most bytes of a snapshot in a message; it has one for each entry. [default: all of it]",
        CustomParser = Number.From("--chunk", 1, int.MaxValue),
    };
    private readonly Option<bool> _slowService = new("--slow-service")
    {
        Description = $"With --spec {_core}: services may take their time.",
    };
    private readonly Option<bool> _compare = new("--compare")
    {
        Description = $"With --spec {_core}: compare the states of the code with those of the model, within the same bounds.",
    };
    private readonly Option<bool> _symmetry = new("--symmetry")
    {
        Description = "Count states that differ only in the names of servers and values once.",
    };
    private readonly Option<bool> _strict = new("--strict") { Description = "An action that never fires is an error: exit status 1." };
    private readonly Option<bool> _deadlock = new("--deadlock") { Description = "A state that no step leaves is an error." };
    private readonly Option<string> _search = new("--search")
    {
        Description = "breadth-first: exhaustive, shortest counterexamples. depth-first: up to --depth. random-walk: --walks of --depth.",
        DefaultValueFactory = _ => "breadth-first",
    };
    private readonly Option<int?> _depth = Bound(
        "--depth", "The most states of a depth-first path or a random walk.", new CheckOptions().MaxDepth, least: 1);
    private readonly Option<int?> _walks = Bound("--walks", "The number of random walks.", 10_000, least: 1);
    private readonly Option<int?> _seed = Bound("--seed", "Equal seeds give equal walks.", 1);
    private readonly Option<int?> _workers = Bound(
        "--workers", "The number of threads.", Environment.ProcessorCount, least: 1, most: 1024);
    private readonly Option<int?> _memory = new("--memory")
    {
        Description = "Memory for the states, in MiB. [default: three quarters of the available memory]",
        CustomParser = Number.From("--memory", 1, int.MaxValue),
    };

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "A file for the counterexample, as a trace that 'raft-verify show' draws.",
    };
    private readonly Option<string?> _json = new("--json") { Description = "A file for the report, as JSON." };

    /// <summary>The command.</summary>
    public static Command Create() => new CheckCommand().Make();

    // The model validates the bounds.
    private static Option<int?> Bound(string name, string description, int byDefault, int least = 0, int most = int.MaxValue) => new(name)
    {
        Description = description,
        CustomParser = Number.From(name, least, most),
        DefaultValueFactory = _ => byDefault,
    };

    private static Option<int?> Budget(string name, string what) => new(name)
    {
        Description = $"The most {what} in a behaviour. [default: unlimited]",
        CustomParser = Number.From(name, 0, int.MaxValue),
    };

    private Command Make()
    {
        _spec.AcceptOnlyFromAmong(_published, _wide, _core);
        _search.AcceptOnlyFromAmong("breadth-first", "depth-first", "random-walk");
        var command = new Command(
            "check",
            "Explores the formal model exhaustively within bounds and checks its invariants in every state. Without any bound or budget, "
            + "it uses bounds within which every action fires, in seconds: terms up to 3, 2 election timeouts, 2 client requests, "
            + "1 restart, 1 duplication and 1 loss.")
        {
            _spec,
            _servers,
            _values,
            _maxTerm,
            _maxLog,
            _maxMessages,
            _maxCopies,
            _maxRestarts,
            _maxDuplicates,
            _maxDrops,
            _maxClientRequests,
            _maxTimeouts,
            _maxWrites, _maxBatch, _snapshots, _chunk, _slowService, _compare,
            _symmetry, _strict, _deadlock, _search, _depth, _walks, _seed, _workers, _memory, _trace, _json,
        };
        command.SetAction(Check);
        return command;
    }

    private int Check(ParseResult parsed)
    {
        CheckSubject subject;
        try
        {
            subject = Subject(parsed);
        }
        catch (ArgumentException exception)
        {
            Console.Error.WriteLine($"raft-verify: {exception.Message}");
            return CommandLine.WrongUsage;
        }

        using var checking = subject;
        var options = new CheckOptions
        {
            Order = parsed.GetValue(_search) switch
            {
                "depth-first" => SearchOrder.DepthFirst,
                "random-walk" => SearchOrder.RandomWalk,
                _ => SearchOrder.BreadthFirst,
            },
            Symmetry = parsed.GetValue(_symmetry),
            FindDeadlocks = parsed.GetValue(_deadlock),
            MaxDepth = parsed.GetValue(_depth)!.Value,
            Walks = parsed.GetValue(_walks)!.Value,
            Seed = (ulong)parsed.GetValue(_seed)!.Value,
            Workers = parsed.GetValue(_workers)!.Value,
        };
        if (parsed.GetValue(_memory) is { } mebibytes)
        {
            options = options with { MaxBytes = (long)mebibytes << 20 };
        }

        if (parsed.GetValue(_json) is { } report)
        {
            Destination.RequireFile("--json", report);
        }

        if (parsed.GetValue(_trace) is { } place)
        {
            Destination.RequireFile("--trace", place);
        }

        using var interruption = new Interruption();
        var console = CommandLine.CreateConsole();
        var display = new CheckDisplay(console);
        display.Begin(subject, options);
        var result = display.Run(progress => Checker.Check(subject.Specification, options, progress, interruption.Asked));
        display.Summarize(subject, result);
        if (parsed.GetValue(_compare) && result is { Outcome: CheckOutcome.Holds } && subject.Core is { } core)
        {
            display.Compare(GraphComparison.Of(core, interruption.Asked));
            display.Compare(ModelCoverage.Of(core, interruption.Asked));
        }

        if (parsed.GetValue(_trace) is { } trace
            && result.Counterexample is { } counterexample
            && subject.Specification is RaftSpec specification)
        {
            CounterexampleTrace.Of(specification, counterexample).Write(trace);
            console.WriteLine($"Trace: {trace}");
        }

        if (parsed.GetValue(_json) is { } file)
        {
            CheckReport.Write(file, subject, options, result);
        }

        return result.Outcome switch
        {
            CheckOutcome.Holds when parsed.GetValue(_strict) && CheckDisplay.NeverFired(result).Any() => CommandLine.Violated,
            CheckOutcome.Holds => CommandLine.Ok,
            CheckOutcome.Violated or CheckOutcome.NeverReached => CommandLine.Violated,
            _ => CommandLine.Unfinished,
        };
    }

    private CheckSubject Subject(ParseResult parsed)
    {
        var isCore = parsed.GetValue(_spec) == _core;
        Option[] ofCores = [_maxWrites, _maxBatch, _snapshots, _chunk, _slowService, _compare];
        if (!isCore && Array.Find(ofCores, IsGiven(parsed)) is { } option)
        {
            throw new ArgumentException($"{option.Name} needs --spec {_core}.");
        }

        if (isCore && IsGiven(parsed)(_symmetry))
        {
            throw new ArgumentException($"{_symmetry.Name} does not go with --spec {_core}: the servers of the code cannot be renamed.");
        }

        if (isCore && IsGiven(parsed)(_trace))
        {
            throw new ArgumentException(
                $"{_trace.Name} does not go with --spec {_core}: a trace holds states of the model. {_json.Name} writes all steps.");
        }

        if (parsed.GetValue(_compare) && IsGiven(parsed)(_chunk))
        {
            throw new ArgumentException(
                $"{_compare.Name} does not go with {_chunk.Name}: the model that it compares with sends a snapshot whole.");
        }

        var bounds = IsBounded(parsed) ? Bounds(parsed) : isCore ? CorePreset.ByDefault.Bounds.Raft : _byDefault;
        if (!isCore)
        {
            return new CheckSubject(
                new RaftSpec(bounds, parsed.GetValue(_spec) == _wide ? RaftOptions.Implementation : RaftOptions.Published), bounds);
        }

        var core = new CoreBounds(bounds)
        {
            MaxWrites = parsed.GetValue(_maxWrites)!.Value,
            MaxBatch = parsed.GetValue(_maxBatch)!.Value,
            Snapshots = parsed.GetValue(_snapshots),
            SlowService = parsed.GetValue(_slowService),
        };
        core = parsed.GetValue(_chunk) is { } bytes ? core with { Limits = core.Limits with { MaxMessageBytes = bytes } } : core;
        return new CheckSubject(new CoreSpecification(core), bounds);
    }

    private static Predicate<Option> IsGiven(ParseResult parsed) => option => parsed.GetResult(option) is { Implicit: false };

    private bool IsBounded(ParseResult parsed) => Array.Exists(
        (Option[])
        [
            _servers, _values, _maxTerm, _maxLog, _maxMessages, _maxCopies,
            _maxRestarts, _maxDuplicates, _maxDrops, _maxClientRequests, _maxTimeouts,
        ],
        IsGiven(parsed));

    private RaftBounds Bounds(ParseResult parsed) => new()
    {
        Servers = parsed.GetValue(_servers)!.Value,
        Values = parsed.GetValue(_values)!.Value,
        MaxTerm = parsed.GetValue(_maxTerm)!.Value,
        MaxLog = parsed.GetValue(_maxLog)!.Value,
        MaxMessages = parsed.GetValue(_maxMessages)!.Value,
        MaxCopies = parsed.GetValue(_maxCopies)!.Value,
        MaxRestarts = parsed.GetValue(_maxRestarts),
        MaxDuplicates = parsed.GetValue(_maxDuplicates),
        MaxDrops = parsed.GetValue(_maxDrops),
        MaxClientRequests = parsed.GetValue(_maxClientRequests),
        MaxTimeouts = parsed.GetValue(_maxTimeouts),
    };
}
