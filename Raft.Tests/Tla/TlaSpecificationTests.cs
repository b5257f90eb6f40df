using System.Text.RegularExpressions;
using ModelChecking;
using Raft.Model.Spec;
using Raft.Tests.Docs;
using Raft.Verification.Exploration;

namespace Raft.Tests.Tla;

/// <summary>docs/tla/Raft.tla and RaftTrace.tla are well formed, and have the names of the specification in C#.</summary>
public sealed partial class TlaSpecificationTests
{
    private static readonly RaftSpec _everything = new(
        new RaftBounds { MaxRestarts = 1, MaxDuplicates = 1, MaxDrops = 1, MaxClientRequests = 1, MaxTimeouts = 1 },
        RaftOptions.Conforming);

    // The text has Figure 2 and the snapshots of §7. It does not have the protocol options.
    private static readonly string[] _protocolOptions =
    [
        nameof(RaftOptions.NoOp), nameof(RaftOptions.PreVote), nameof(RaftOptions.LeaderStickiness), nameof(RaftOptions.CheckQuorum),
        nameof(RaftOptions.LeadershipTransfer), nameof(RaftOptions.ReadIndex), nameof(RaftOptions.LeaseReads),
    ];

    private static readonly RaftAction[] _protocolActions =
    [
        RaftAction.BeginPreVote, RaftAction.RequestPreVote, RaftAction.HandlePreVoteRequest, RaftAction.HandlePreVoteResponse,
        RaftAction.IgnoreVoteRequest, RaftAction.ForgetLeader, RaftAction.CheckQuorum, RaftAction.BeginTransfer,
        RaftAction.SendTimeoutNow, RaftAction.EndTransfer, RaftAction.HandleTimeoutNow, RaftAction.BeginRound, RaftAction.ConfirmRound,
        RaftAction.AskRead, RaftAction.HandleReadIndexRequest, RaftAction.AnswerRead, RaftAction.HandleReadIndexResponse,
        RaftAction.LeaseRead, RaftAction.ExpireLease,
    ];

    private static readonly ModelMessageType[] _protocolMessages =
    [
        ModelMessageType.PreVoteRequest, ModelMessageType.PreVoteResponse, ModelMessageType.TimeoutNowRequest,
        ModelMessageType.ReadIndexRequest, ModelMessageType.ReadIndexResponse,
    ];

    private static readonly string[] _sectionsOfNames = ["SPECIFICATION", "CONSTRAINT", "SYMMETRY", "INVARIANTS", "PROPERTIES"];

    internal static TlaModule Raft { get; } = Read("Raft");

    internal static TlaModule Trace { get; } = Read("RaftTrace");

    public static TheoryData<string> Malformed => new()
    {
        "A == 1\n====",
        "---- MODULE M ----\nA == 1",
        "---- MODULE M ----\nA == (1\n====",
        "---- MODULE M ----\nA == <<1, {2>>}\n====",
        "---- MODULE M ----\n(* A (* == *) 1\n====",
        "---- MODULE M ----\nA == 1 *)\n====",
        "---- MODULE M ----\nA == 1\nA == 2\n====",
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_module_that_is_not_well_formed_is_found(string text) => Assert.Throws<FormatException>(() => TlaModule.Parse(text));

    [Theory]
    [InlineData("A == B", "B")]
    [InlineData("A == {x \\in {1} : y = x}", "y")]
    [InlineData("A(x) == LET z == x IN z + Len(q)", "q")]
    [InlineData("A == [A |-> 1, b |-> 2].b", null)]
    [InlineData("A == \\A x, y \\in {1} : x = y \\* z", null)]
    public void A_name_that_is_not_defined_is_found(string definition, string? undefined) =>
        Assert.Equal(
            undefined is null ? [] : [undefined],
            TlaModule.Parse($"---- MODULE M ----\nEXTENDS Sequences\n{definition}\n====").Undefined());

    [Fact]
    public void Every_name_that_is_used_is_defined()
    {
        Assert.Equal(["Naturals", "Sequences", "FiniteSets", "TLC"], Raft.Extends);
        Assert.Equal(["Raft"], Trace.Extends);
        Assert.Empty(Raft.Undefined());
        Assert.Empty(Trace.Undefined(Raft));
    }

    [Fact]
    public void Every_definition_is_used()
    {
        // Modules that raft-verify writes use Held.
        var used = Raft.Definitions.Values.Concat(Trace.Definitions.Values).SelectMany(one => one.Uses)
            .Concat(Directory.GetFiles(Repository.File("docs/tla"), "*.cfg", SearchOption.AllDirectories).SelectMany(Named))
            .Append("Held")
            .ToHashSet();

        Assert.Empty(Raft.Definitions.Keys.Concat(Trace.Definitions.Keys).Except(used));

        static IEnumerable<string> Named(string file)
        {
            var configuration = TlaConfiguration.Read(file);
            return _sectionsOfNames.SelectMany(configuration.Section);
        }
    }

    [Fact]
    public void Its_actions_are_those_of_RaftAction()
    {
        var actions = Enum.GetValues<RaftAction>().Except(_protocolActions).Select(action => $"{action}").ToArray();

        Assert.Subset(Raft.Definitions.Keys.ToHashSet(), actions.ToHashSet());
        Assert.Subset(Raft.Reach("Next"), actions.ToHashSet());
    }

    [Fact]
    public void It_has_nothing_of_the_protocol_options()
    {
        var names = _protocolOptions
            .Concat(_protocolActions.Select(action => $"{action}"))
            .Concat(_protocolMessages.Select(type => $"{type}"));

        Assert.Empty(names.Intersect(Raft.Definitions.Keys.Concat(Raft.Constants).Concat(Raft.Strings)));
        Assert.All(_protocolActions, action => Assert.False(_everything.CanFire((int)action)));
    }

    [Fact]
    public void A_recorded_step_can_be_any_action_that_the_implementation_takes() =>
        Assert.Equal(
            Enum.GetValues<RaftAction>().Where(action => _everything.CanFire((int)action) && action != RaftAction.DropMessage)
                .Select(action => $"{action}").Order(),
            Trace.Strings.Intersect(Enum.GetNames<RaftAction>()).Order());

    [Fact]
    public void Its_variables_are_those_of_RaftVariables()
    {
        // log.length, log.term; older0.log.length. The number of writes in flight is that of the elements of older. The variable off stands
        // for those of the protocol options, which are off here: it has no value but 0.
        var names = _everything.Layout.Parts.OfType<Variable>()
            .Where(variable => variable.Name != "off")
            .Select(variable => variable.Name.Split('.')[0])
            .Select(name => name.StartsWith("older", StringComparison.Ordinal) ? "older" : name)
            .Distinct()
            .ToArray();

        Assert.Contains("writes", names);
        Assert.Contains("writes", Raft.Definitions.Keys);
        Assert.Equal(names.Except(["writes"]).Append("messages").Order(), Raft.Variables.Order());
    }

    [Fact]
    public void Its_constants_are_those_of_RaftOptions_and_RaftBounds()
    {
        var options = Properties(typeof(RaftOptions))
            .Except(_protocolOptions)
            .Except([nameof(RaftOptions.TracksContact), nameof(RaftOptions.HasMoreMessages), nameof(RaftOptions.ProtocolKey)]);
        var bounds = Properties(typeof(RaftBounds))
            .Except([nameof(RaftBounds.IsUnbounded), nameof(RaftBounds.Servers), nameof(RaftBounds.Values)])
            .Except([nameof(RaftBounds.MaxReads), nameof(RaftBounds.MaxTransfers)]);

        Assert.Equal(options.Concat(bounds).Concat(["Server", "Value", "Nil", "Unlimited"]).Order(), Raft.Constants.Order());

        static IEnumerable<string> Properties(Type type) =>
            type.GetProperties(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance).Select(one => one.Name);
    }

    [Fact]
    public void Its_properties_are_those_of_RaftSpec()
    {
        var names = _everything.Invariants.Select(one => one.Name).Concat(_everything.ActionProperties.Select(one => one.Name));

        Assert.Subset(Raft.Definitions.Keys.ToHashSet(), names.ToHashSet());
    }

    [Fact]
    public void Its_messages_have_the_types_and_fields_of_RaftVariables()
    {
        var types = Enum.GetValues<ModelMessageType>().Except(_protocolMessages).Except([ModelMessageType.None]).ToArray();

        Assert.Subset(Raft.Strings.ToHashSet(), types.Select(type => $"{type}").ToHashSet());
        Assert.All(
            types,
            type => Assert.Subset(FieldsOf("Raft"), Fields(TlaTrace.Text(new(new ModelMessage { Type = type }, [])))));

        static HashSet<string> FieldsOf(string name) => Fields(Text(name));

        static HashSet<string> Fields(string text) =>
            [.. MessageField().Matches(text).Select(match => match.Groups["name"].Value)];
    }

    private static TlaModule Read(string name)
    {
        var module = TlaModule.Parse(Text(name));
        Assert.Equal(name, module.Name);
        return module;
    }

    [GeneratedRegex(@"\b(?<name>m[A-Za-z]+) \|->", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MessageField();

    private static string Text(string name) => File.ReadAllText(Repository.File($"docs/tla/{name}.tla"));
}
