using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class RenamingTests
{
    private readonly Scalarset _servers = new("s", 3);
    private readonly Scalarset _values = new("v", 2);
    private readonly Scalarset _places = new("p", 4);

    [Fact]
    public void There_is_one_for_each_permutation_of_each_scalarset_and_the_first_changes_nothing()
    {
        var renamings = Renaming.All([_servers, _values]);

        Assert.Equal(3 * 2 * 1 * 2 * 1, renamings.Select(Names).Distinct().Count());
        Assert.Equal(12, renamings.Count);
        Assert.Equal("0 1 2 0 1", Names(renamings[0]));

        string Names(Renaming renaming) => string.Join(
            ' ',
            [
                .. Enumerable.Range(0, 3).Select(s => renaming.Of(_servers, s)),
                .. Enumerable.Range(0, 2).Select(v => renaming.Of(_values, v)),
            ]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 24)]
    [InlineData(5, 120)]
    public void There_are_as_many_as_permutations(int members, int permutations)
    {
        var scalarset = new Scalarset("s", members);

        var renamings = Renaming.All([scalarset])
            .Select(renaming => string.Join(' ', Enumerable.Range(0, members).Select(member => renaming.Of(scalarset, member)))).ToArray();

        Assert.Equal(permutations, renamings.Length);
        Assert.Equal(permutations, renamings.Distinct().Count());
        Assert.All(renamings, names => Assert.Equal(Enumerable.Range(0, members), names.Split(' ').Select(int.Parse).Order()));
    }

    [Fact]
    public void Nil_and_the_elements_of_other_scalarsets_keep_their_names()
    {
        Assert.All(Renaming.All([_servers]), renaming =>
        {
            Assert.Equal(3, renaming.Of(_servers, 3));
            Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(place => renaming.Of(_places, place)));
            Assert.Equal(2, renaming.Of(scalarset: null, 2));
        });
    }

    [Fact]
    public void A_set_is_renamed_member_by_member()
    {
        Assert.All(Renaming.All([_servers]), renaming =>
        {
            Assert.Equal(1 << renaming.Of(_servers, 0) | 1 << renaming.Of(_servers, 2), renaming.OfSet(_servers, 0b101));
            Assert.Equal(0, renaming.OfSet(_servers, 0));
        });
    }

    [Fact]
    public void A_renamed_state_says_of_the_new_names_what_the_state_says_of_the_old_ones()
    {
        var layout = new StateLayout();
        var term = layout.Variable("term", Domain.Number(5), _servers);
        var vote = layout.Variable("vote", Domain.MemberOrNil(_servers), _servers);
        var granted = layout.Variable("granted", Domain.SetOf(_servers), _servers);
        var next = layout.Variable("next", Domain.Number(5), _servers, _servers);
        var log = layout.Variable("log", Domain.Member(_values), _servers, _places);
        var message = new RecordLayout(layout, "Ask", "Tell");
        var to = message.Field("to", Domain.Member(_servers));
        var number = message.Field(1, "number", Domain.Number(5));
        var value = message.Field(2, "value", Domain.Member(_values));
        var bag = layout.Bag(message, 6);
        Check.One(Properties.Config, Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var state = Random(random);
            foreach (var renaming in Renaming.All([_servers, _values]))
            {
                var renamed = new State(new ulong[layout.Words]);
                foreach (var part in layout.Parts)
                {
                    part.Rename(new State(state), renamed, renaming);
                }

                for (var i = 0; i < 3; i++)
                {
                    var j = renaming.Of(_servers, i);
                    Assert.Equal(term[new State(state), i], term[renamed, j]);
                    Assert.Equal(renaming.Of(_servers, vote[new State(state), i]), vote[renamed, j]);
                    Assert.Equal(renaming.OfSet(_servers, granted[new State(state), i]), granted[renamed, j]);
                    for (var k = 0; k < 3; k++)
                    {
                        Assert.Equal(next[new State(state), i, k], next[renamed, j, renaming.Of(_servers, k)]);
                    }

                    for (var place = 0; place < 4; place++)
                    {
                        Assert.Equal(renaming.Of(_values, log[new State(state), i, place]), log[renamed, j, place]);
                    }
                }

                Assert.Equal(Messages(new State(state), renaming), Messages(renamed, Renaming.All([])[0]));
            }
        }));

        ulong[] Random(Random random)
        {
            var state = new State(new ulong[layout.Words]);
            for (var i = 0; i < 3; i++)
            {
                term[state, i] = random.Next(6);
                vote[state, i] = random.Next(4);
                granted[state, i] = random.Next(8);
                for (var k = 0; k < 3; k++)
                {
                    next[state, i, k] = random.Next(6);
                }

                for (var place = 0; place < 4; place++)
                {
                    log[state, i, place] = random.Next(2);
                }
            }

            for (var copies = 0; copies < 6; copies++)
            {
                bag.Add(state, to.Pack(random.Next(3)) | (
                    random.Next(2) == 0
                        ? message.Type.Pack(1) | number.Pack(random.Next(6))
                        : message.Type.Pack(2) | value.Pack(random.Next(2))));
            }

            return state.Words.ToArray();
        }

        // The content of the bag, by the new names.
        List<string> Messages(State state, Renaming renaming)
        {
            var messages = new List<string>();
            for (var slot = 0; bag[state, slot] is not 0 and var m; slot++)
            {
                var said = message.Type[m] == 1 ? number[m] : renaming.Of(_values, value[m]);
                messages.Add($"{bag.Copies(state, slot)} of {message.Type[m]} to {renaming.Of(_servers, to[m])}: {said}");
            }

            messages.Sort(StringComparer.Ordinal);
            return messages;
        }
    }
}
